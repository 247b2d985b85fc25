"""Passwords are hashed one by one for each address and few at once; who waits too long is told to come again."""

import threading
import time
from contextlib import ExitStack

import pytest
from axes.models import AccessFailureLog
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from accounts import hashing
from tests.accounts.conftest import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]

FIRST, SECOND, THIRD = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.mark.parametrize(("addresses", "at_once"), [([FIRST, SECOND, THIRD] * 2, 2), ([FIRST] * 4, 1)])
def test_two_passwords_are_hashed_at_once_and_of_one_address_one(addresses, at_once, monkeypatch):
    running, most = [], []

    def slow(self, password, salt, iterations=None):
        running.append(password)
        most.append(len(running))
        time.sleep(0.05)
        running.remove(password)
        return "hash"

    def hashed(address: str) -> None:
        hashing._address.set(address)
        hashing.BoundedHasher().encode(f"password of {address}", "salt")

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", slow)
    threads = [threading.Thread(target=hashed, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (len(addresses), at_once)


@pytest.mark.parametrize("others", [(FIRST, SECOND), ("127.0.0.1",)], ids=["no place", "the address has one"])
def test_who_waits_too_long_for_it_is_told_to_come_again_and_has_not_failed(others, client, hashed_in_turn):
    with ExitStack() as held:
        for other in others:
            held.enter_context(hashing.turn(other))
        busy = sign_in(client, "nobody@acme.test")
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert AccessFailureLog.objects.count() == 0
    assert sign_in(client, "nobody@acme.test").status_code == 200
    assert AccessFailureLog.objects.count() == 1


def test_a_flood_of_one_address_leaves_a_place_for_others(client, hashed_in_turn):
    with hashing.turn(FIRST):
        assert sign_in(Client(REMOTE_ADDR=FIRST)).status_code == 503
        assert sign_in(client).url == "/"


def test_of_one_address_a_few_wait_and_no_more(monkeypatch):
    monkeypatch.setitem(hashing._waiting, FIRST, hashing.WAITING)
    with pytest.raises(hashing.BusyError), hashing.turn(FIRST):
        pass
    with hashing.turn(SECOND):
        pass


def test_the_server_hashes_with_it():
    from orgdash import settings

    assert settings.PASSWORD_HASHERS == ["accounts.hashing.BoundedHasher"]
