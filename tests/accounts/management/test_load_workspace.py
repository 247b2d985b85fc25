"""load_workspace: what it prints where, and which files it cannot read."""

import copy

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, hash_secret
from tests.accounts.conftest import rows
from tests.accounts.test_workspace_file import GOOD, KEY, UNSAID_SECRET, changed

pytestmark = pytest.mark.django_db


def test_a_secret_that_is_not_given_is_made_and_printed_once(load):
    file = copy.deepcopy(GOOD)
    file["organizations"][0]["projects"][0]["api_keys"].append(UNSAID_SECRET)
    first, second = load(file), load(file)
    name, secret = first.out.splitlines()[0].split(" ")
    assert (name, secret[:7]) == ("key_2", "sk-org-")
    assert "shown this once" in first.err
    assert ApiKey.objects.get(public_id="key_2").secret_hash == hash_secret(secret)
    assert "sk-org-" not in second.out + second.err


def test_a_second_run_changes_nothing_and_says_so(load):
    load(GOOD)
    before = rows()
    assert load(GOOD).out == "Nothing changed: all 5 entries were already there.\n"
    assert rows() == before


@pytest.mark.parametrize(("name", "reason"), [("none.json", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, reason):
    with pytest.raises(CommandError, match=f"{reason}$") as caught:
        call_command("load_workspace", str(tmp_path / name))
    assert caught.value.returncode == 1


def test_it_says_how_much_it_made_and_changed(load):
    first = load(GOOD)
    assert (first.out, first.err) == ("5 created, 0 changed, 0 left as they were.\n", "")
    said = load(changed((*KEY, "status"), "revoked"))
    assert (said.out, said.err) == ("0 created, 1 changed, 4 left as they were.\n", "")


def test_a_file_with_a_mistake_is_named_with_every_place(tmp_path):
    path = tmp_path / "acme.json"
    path.write_text('{"organizations": [{"id": "org_a", "name": "A", "plan": "gold"}, {"id": "org_b", "name": ""}]}')
    with pytest.raises(CommandError) as caught:
        call_command("load_workspace", str(path))
    first, *places = str(caught.value).splitlines()
    assert first == f"{path}: nothing was changed."
    assert [place.split(":")[0] for place in places] == ["organizations[0].plan", "organizations[1].name"]
