"""Behind nginx, clients that never end what they send hold up nobody. Thirty seconds, so `make faults` runs it."""

import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPSConnection
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.analytics.processes import wait_until
from tests.proxy import Proxy, needs_nginx, nginx
from tests.servers import answers, free_port, serving
from tests.test_faults_database import EVENT, KEY, PAGE, prepared, url

SECONDS = 30
CLIENTS = 64
HALF_A_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /usage/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Authorization: " + KEY["Authorization"].encode() + b"\r\nContent-Length: 1000\r\n\r\n["
)


def never_ending(proxy: Proxy, beginning: bytes, over: Event) -> None:
    """Half a request, then a byte each second; again, when nginx has had enough of it."""
    while not over.is_set():
        with (
            suppress(OSError),
            socket.create_connection(("localhost", proxy.port), timeout=5) as bare,
            proxy.trust.wrap_socket(bare, server_hostname="localhost") as secure,
        ):
            secure.sendall(beginning)
            while not over.wait(1):
                secure.sendall(b" ")


@contextmanager
def half_open(proxy: Proxy) -> Iterator[None]:
    over = Event()
    kinds = (HALF_A_HEADER, HALF_A_BODY)
    clients = [Thread(target=never_ending, args=(proxy, kinds[n % 2], over)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    yield
    over.set()
    for client in clients:
        client.join()


def ask(proxy: Proxy, path: str, session: str, body: str | None = None) -> int:
    headers = KEY if body else {"Cookie": f"sessionid={session}"}
    with closing(HTTPSConnection("localhost", proxy.port, timeout=10, context=proxy.trust)) as connection:
        connection.request("POST" if body else "GET", path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[tuple[Path, str, int, int]]:
    directory = tmp_path_factory.mktemp("proxied")
    with (
        prepared(directory) as session,
        serving(directory, DATABASE_URL=url(directory), RATE_LIMIT="1000000", HTTPS="1") as (_, pages, doors),
    ):
        wait_until(lambda: answers(pages) and answers(doors))
        yield directory, session, pages, doors


@needs_nginx
def test_64_half_open_connections_for_30_seconds_hold_up_neither_pages_nor_doors(site, record_property):
    directory, session, pages, doors = site
    place = directory / "nginx"
    place.mkdir()
    directory.chmod(0o755)
    answered: Counter[tuple[str, int]] = Counter()
    with nginx(place, pages, doors) as proxy, half_open(proxy):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for path, body in ((PAGE, None), ("/usage/events", json.dumps(EVENT)), ("/healthz", None)):
                answered[path, ask(proxy, path, session, body)] += 1
    assert {status for _, status in answered} == {200}
    assert min(answered.values()) > SECONDS / 10
    record_property("said", f"behind {CLIENTS} half-open connections: {dict(answered)}")


@needs_nginx
def test_when_a_server_is_gone_the_proxy_says_when_to_come_again(tmp_path):
    with (
        nginx(tmp_path, free_port(), free_port()) as proxy,
        closing(HTTPSConnection("localhost", proxy.port, timeout=10, context=proxy.trust)) as connection,
    ):
        connection.request("GET", "/usage/events")
        response = connection.getresponse()
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
