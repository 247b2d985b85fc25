"""Where a request comes from: what its connection says, or what proxies that are believed say of it."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

_THIS_MACHINE = "127.0.0.1"


def client_address(request: HttpRequest) -> str:
    """The client's address: the last hop that is none of TRUSTED_PROXIES. A socket file is this machine.

    An IPv6 client is the first address of its /64, for it has all the others of it too.
    """
    found = ip_address(_THIS_MACHINE)
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    for hop in (request.META.get("REMOTE_ADDR") or _THIS_MACHINE, *reversed(forwarded)):
        address = _address(hop)
        if address is None:
            break
        found = address
        if not any(found in network for network in settings.TRUSTED_PROXIES):
            break
    return str(IPv6Address(int(found) >> 64 << 64) if found.version == 6 and not found.is_loopback else found)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """What an IPv4 client is called on an IPv6 socket is its IPv4 address."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
