"""Senders whose clocks or queues are not ours: a day late, a day ahead, and one microsecond more."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from analytics.models import Request
from tests.analytics.receipts import receipt
from tests.analytics.usage import SECRET
from tests.browsers import enter
from tests.kept import kept

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
@kept
def owner(olga) -> Client:
    return enter(Client(), olga.user)


def send(*instants: datetime) -> dict:
    sent = [
        {
            "id": f"req-{number}",
            "timestamp": instant.isoformat(),
            "provider": "openai",
            "model": "gpt-5.5",
            "input_tokens": 100,
            "output_tokens": 50,
            "cost_usd": "0.25",
        }
        for number, instant in enumerate(instants)
    ]
    response = Client().post(
        "/usage/events", sent, content_type="application/json", headers={"Authorization": f"Bearer {SECRET}"}
    )
    return {"status": response.status_code, **response.json()}


def asked(client: Client, window: str) -> dict:
    response = client.get(f"/analytics/activity?organizationId=org_acme&{window}")
    assert response.status_code == 200
    return json.loads(response.getvalue(), parse_float=Decimal)


def costs(answer: dict) -> dict[str, tuple[Decimal, bool]]:
    return {row["date"]: (row["cost"], row["incomplete"]) for row in answer["activity"]}


def test_what_comes_a_day_late_counts_when_it_happened_and_once(key, owner, now):
    assert send(now) == {"status": 200} | receipt(recorded=1)
    before = asked(owner, "range=today")
    late = [now, now - DAY, now - DAY + timedelta(hours=1)]
    assert send(*late)["recorded"] == 2
    assert send(*late)["repeated"] == 3
    after = asked(owner, "range=7d")
    assert costs(after)["2026-11-17"] == (Decimal("0.5"), False)
    assert costs(after)["2026-11-18"] == (Decimal("0.25"), True)
    assert asked(owner, "range=today") == before | {"firstUsage": "2026-11-17T12:30:00Z"}
    assert after["dataThrough"] == before["dataThrough"] == "2026-11-18T12:30:00Z"


def test_a_clock_a_day_ahead_is_believed_on_the_day_it_says(key, owner, now):
    assert send(now + DAY) == {"status": 200} | receipt(recorded=1)
    assert asked(owner, "range=today")["totals"]["requestCount"] == 0
    ahead = asked(owner, "from=2026-11-18&to=2026-11-20")
    assert costs(ahead) == {
        "2026-11-18": (0, True),
        "2026-11-19": (Decimal("0.25"), True),
        "2026-11-20": (0, True),
    }
    assert (ahead["totals"]["cost"], ahead["dataThrough"]) == (Decimal("0.25"), "2026-11-19T12:30:00Z")


def test_a_clock_more_than_a_day_ahead_is_refused_and_what_was_good_is_kept(key, owner, now):
    answer = send(now, now + DAY + timedelta(microseconds=1), now + DAY)
    assert (answer["status"], answer["recorded"]) == (200, 2)
    assert answer["refused"] == [
        {
            "index": 1,
            "id": "req-1",
            "field": "timestamp",
            "message": 'must not be more than 24 hours ahead of now, got "2026-11-19T12:30:00.000001+00:00"',
        }
    ]
    assert Request.objects.count() == 2
    assert send(now + 2 * DAY)["status"] == 422


def test_the_page_says_how_far_a_clock_is_ahead_and_counts_its_events_on_their_day(key, owner, now):
    send(now, now + DAY)
    page = owner.get("/organizations/org_acme/analytics/?range=today").content.decode()
    assert "$0.25" in page
    assert "$0.50" not in page
    both = owner.get("/organizations/org_acme/analytics/?from=2026-11-18&to=2026-11-19").content.decode()
    assert "$0.50" in both
    assert 'data-state="ahead"' in page
    assert "A sender’s clock is wrong: the newest event is dated 24 h ahead of now" in page


def test_a_clock_a_little_ahead_is_nothing_to_speak_of(key, owner, now):
    send(now + timedelta(minutes=9))
    page = owner.get("/organizations/org_acme/analytics/?range=today").content.decode()
    assert 'data-state="fresh"' in page
    assert "just now" in page
