"""Test clients of people who are signed in, without signing in: that has tests of its own, and twenty statements."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.crypto import get_random_string

from accounts.models import User
from orgdash import clock

ENDS_AFTER = timedelta(days=14000)  # the clock that sessions are kept by is not the tests'


def enter(client: Client, user: User) -> Client:
    """The client, with a session of this person; the one it had is left."""
    told = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    key = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
    Session.objects.create(
        session_key=key, session_data=Session.objects.encode(told), expire_date=clock.now() + ENDS_AFTER
    )
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client
