"""Whose rows a thread sees: nobody's at first, then those of who is known; outside of requests the owner's."""

from collections.abc import Iterator
from threading import Thread

import pytest

from orgdash import sight
from orgdash.sight import NOBODY, OWNER, SERVER, Sight


@pytest.fixture
def in_a_request() -> Iterator[None]:
    sight.begin()
    yield
    sight.end()


def test_outside_of_requests_nobody_is_shown_anything_and_commands_see_all():
    sight.show(person=7)
    sight.show_organization(3)
    sight.show_everything()
    assert sight.current() == OWNER


def test_a_request_begins_as_nobody_and_ends_as_who_was_before(in_a_request):
    assert sight.current() == NOBODY
    sight.show(person=7)
    sight.end()
    assert sight.current() == OWNER


def test_who_is_known_sees_their_own_and_one_organizations_usage(in_a_request):
    sight.show(secret_hash="abc")
    sight.show_organization(3)
    assert sight.current() == Sight(SERVER, secret_hash="abc", organization=3)
    sight.show(person=7)  # somebody else: what was asked for before is forgotten
    assert sight.current() == Sight(SERVER, person=7)


def test_a_thread_of_its_own_sees_nothing_of_another_request(in_a_request):
    sight.show(person=7)
    found = []
    other = Thread(target=lambda: found.append(sight.current()))
    other.start()
    other.join()
    assert found == [OWNER]


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        (OWNER, ["none", "", ""]),
        (NOBODY, [SERVER, "", ""]),
        (Sight(SERVER, email="a@b.test"), [SERVER, "", "a@b.test"]),
        (Sight(SERVER, person=7, organization=3), [SERVER, "7", "", 3, 3, 7, ""]),
        (Sight(SERVER, secret_hash="abc"), [SERVER, "", "", None, None, None, "abc"]),
    ],
)
def test_a_connection_is_told_by_values_and_never_by_text(wanted, values):
    statement, told = wanted.as_sql()
    assert told == values
    assert statement.count("%s") == len(values)
    assert "set_config('orgdash.organizations', " in statement  # of whoever was there before, nothing stays
