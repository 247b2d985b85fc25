"""Signing in and out, the password, and the way to the right organization."""

import pytest
from django.urls import reverse

from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def test_the_sign_in_page_is_there(client):
    assert client.get(reverse("login")).status_code == 200
