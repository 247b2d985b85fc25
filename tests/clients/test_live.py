"""The live server that the clients' tests send to: an event sent over HTTP is on the page and in the JSON."""

import gzip
import json
import shlex
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
import pytest

from tests.analytics.gateway import payload
from tests.analytics.otel import numbered, request_of
from tests.analytics.receipts import receipt


def test_what_a_client_sends_to_the_live_server_is_on_its_page(live, found_company):
    company = found_company("plain")
    before = company.activity()["totals"]
    moment = datetime.now(UTC) - timedelta(seconds=1)
    event = {"id": "1", "timestamp": moment.isoformat(), "provider": "openai", "model": "gpt-5.5"}
    event |= {"input_tokens": 1200, "output_tokens": 34, "cost_usd": "1.234567"}
    headers = {"Authorization": f"Bearer {company.secret}"}
    answer = httpx.post(f"{live.url}/usage/events", json=event, headers=headers, trust_env=False)
    assert answer.json() == receipt(recorded=1)
    totals = company.activity()["totals"]
    assert (before["cost"], totals["cost"], totals["totalTokens"]) == (0, Decimal("1.234567"), 1234)
    assert "$1.23" in company.page()


def calls(now: int) -> Iterator[tuple[str, str, bytes]]:
    """One call for each door, with the seconds of now: path, content type, body."""
    moment = datetime.fromtimestamp(now, UTC).isoformat()
    event = {"id": "1", "timestamp": moment, "provider": "openai", "model": "gpt-5.5"}
    span = numbered(1, start_time_unix_nano=now * 10**9, end_time_unix_nano=now * 10**9 + 1)
    yield "/usage/events", "application/json", json.dumps(event).encode()
    yield "/usage/litellm", "application/json", json.dumps([payload(startTime=now)]).encode()
    yield "/v1/traces", "application/x-protobuf", request_of(span).SerializeToString()


def test_a_body_in_chunks_is_recorded_as_exporters_send_it_that_pack_on_the_way(live, found_company):
    company = found_company("chunked")
    for path, content_type, body in calls(int(time.time())):
        packed = gzip.compress(body)
        headers = {
            "Content-Type": content_type,
            "Content-Encoding": "gzip",
            "Authorization": f"Bearer {company.secret}",
        }
        chunks = iter([packed[:9], packed[9:]])
        answer = httpx.post(f"{live.url}{path}", content=chunks, headers=headers, trust_env=False)
        assert answer.request.headers["Transfer-Encoding"] == "chunked"
        assert answer.status_code == 200, answer.text
    assert company.activity()["totals"]["requestCount"] == 3


@pytest.mark.parametrize(("name", "chunks"), [("whole", b"2\r\n[]\r\n"), ("length", b"zz\r\n[]\r\n")])
def test_chunks_that_break_off_are_400(live, found_company, name, chunks):
    company = found_company(f"broken-{name}")
    head = f"POST /usage/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {company.secret}\r\n"
    address = urlsplit(live.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_the_line_of_the_help_page_that_sends_an_event_records_it(found_company):
    company = found_company("help-events")
    command = shlex.split(company.to_copy("events")["event"].replace("\\\n", " "))
    assert command[:3] == ["curl", "-X", "POST"]
    url, *options = command[3:]
    given = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ") for option, value in given if option == "-H")
    (body,) = (value for option, value in given if option == "-d")
    answer = httpx.post(url, content=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["recorded"]) == (200, 1)
    totals = company.activity(range="today")["totals"]
    assert (totals["cost"], totals["totalTokens"]) == (Decimal("0.014950"), 1622)
