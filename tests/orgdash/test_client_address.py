"""Where a request comes from: what its connection says, or what proxies that are believed say of it."""

import pytest
from django.test import RequestFactory

from orgdash.client_address import client_address


@pytest.mark.parametrize(
    ("connection", "forwarded", "address"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9, 127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("::ffff:192.0.2.7", None, "192.0.2.7"),
        ("2001:db8:1:3:3:4:5:6", None, "2001:db8:1:3::"),
        ("::1", None, "::1"),
    ],
)
def test_only_a_trusted_proxy_tells_another_address(connection, forwarded, address):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory(REMOTE_ADDR=connection).get("/", headers=headers)) == address
