"""create_token: what it prints where, what it keeps, and what it refuses."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands.create_token import lifetime
from accounts.models import AccessToken, hash_secret

pytestmark = pytest.mark.django_db

ASK = "/analytics/activity?organizationId=org_acme"


def make(*arguments: str, organization: str = "org_acme", scope: str = "analytics:read") -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("create_token", "--organization", organization, "--scope", scope, *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_standard_output_is_the_token_alone_and_the_rest_goes_to_standard_error(acme):
    out, err = make()
    assert out.count("\n") == 1
    assert out.startswith("at-org-")
    assert "Access token of org_acme for analytics:read, valid until 2027-11-18 12:30 UTC." in err
    assert out.strip() not in err


def test_the_token_is_stored_hashed(acme):
    out, _ = make("--name", "nightly report")
    token = AccessToken.objects.get()
    assert (token.token_hash, token.name, token.scope) == (hash_secret(out.strip()), "nightly report", "analytics:read")
    assert out.strip() not in str(AccessToken.objects.values())


def test_no_two_tokens_are_the_same(acme):
    assert make()[0] != make()[0]


def test_the_token_opens_the_json_door_until_it_expires(client, acme, now, settings):
    out, err = make("--expires", "90d")
    headers = {"Authorization": f"Bearer {out.strip()}"}
    assert "valid until 2027-02-16 12:30 UTC" in err
    assert client.get(ASK, headers=headers).status_code == 200
    settings.ORGDASH_NOW = now + timedelta(days=90)
    assert client.get(ASK, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("90d", timedelta(days=90)),
        ("4w", timedelta(weeks=4)),
        ("3660d", timedelta(days=3660)),
    ],
)
def test_a_lifetime_is_a_number_and_a_unit(text, length):
    assert lifetime(text) == length


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--expires", text] for text in ("", "0d", "90", "d", "1.5h", "3661d", "999999w", "90D", " 90d", "٩d")),
        ["--expires=-1d"],
        ["--name", "x" * 201],
        ["--name", "a\nb"],
    ],
)
def test_a_bad_argument_makes_no_token(acme, arguments):
    with pytest.raises(CommandError, match=arguments[0].split("=")[0]):
        make(*arguments)
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("organization", ["org_none", "", "org\x00acme", "org_gone"])
def test_a_token_needs_an_organization_that_is_there(acme, organization):
    acme.public_id, acme.status = "org_gone", "deleted"
    acme.save()
    with pytest.raises(CommandError, match="There is no active organization"):
        make(organization=organization)


def test_an_unknown_scope_is_refused(acme):
    with pytest.raises(CommandError, match="invalid choice: 'analytics:write'"):
        make(scope="analytics:write")


def test_a_token_that_brings_usage_may_make_the_keys_it_names(acme):
    _, err = make("--create-keys", scope="usage:write")
    assert "Access token of org_acme for usage:write" in err
    assert AccessToken.objects.get().creates_keys
    make(scope="usage:write", organization="org_acme")
    assert AccessToken.objects.filter(creates_keys=False).count() == 1


def test_a_token_that_reads_makes_no_keys(acme):
    with pytest.raises(CommandError, match="--create-keys needs --scope usage:write"):
        make("--create-keys")
    assert not AccessToken.objects.exists()


def test_a_token_may_be_valid_for_ever(acme):
    _, err = make("--expires", "never")
    assert "valid until it is revoked" in err
    assert AccessToken.objects.get().expires_at is None
