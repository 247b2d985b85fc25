"""The live server that the clients' tests send to: an event sent over HTTP is on the page and in the JSON."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx


def test_what_a_client_sends_to_the_live_server_is_on_its_page(live, found_company):
    company = found_company("plain")
    before = company.activity()["totals"]
    moment = datetime.now(UTC) - timedelta(seconds=1)
    event = {"id": "1", "timestamp": moment.isoformat(), "provider": "openai", "model": "gpt-5.5"}
    event |= {"input_tokens": 1200, "output_tokens": 34, "cost_usd": "1.234567"}
    headers = {"Authorization": f"Bearer {company.secret}"}
    answer = httpx.post(f"{live.url}/usage/events", json=event, headers=headers, trust_env=False)
    assert answer.json() == {"recorded": 1, "repeated": 0, "refused": []}
    totals = company.activity()["totals"]
    assert (before["cost"], totals["cost"], totals["totalTokens"]) == (0, Decimal("1.234567"), 1234)
    assert "$1.23" in company.page()
