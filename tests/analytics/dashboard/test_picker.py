"""What the date picker is told: the server's own days for every preset, wherever today is, and every zone's name."""

from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from accounts.models import time_zone_names
from analytics.dashboard.picker import picker
from analytics.reporting.comparisons import PERIODS
from analytics.reporting.parameters import read_page
from analytics.windows import PRESETS, day_of, preset_window

pytestmark = pytest.mark.django_db
ZONES = ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]


def told(organization, now, query: str = "") -> dict:
    return picker(read_page(QueryDict(query), organization, now).query, organization.time_zone, now)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("instant", ["2026-11-18T12:30", "2026-11-18T00:00", "2024-02-29T23:59", "2026-12-31T11:00"])
def test_the_days_of_every_preset_are_those_the_server_shows(acme, zone, instant):
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    presets = told(acme, now)["presets"][day_of(now, ZoneInfo(zone)).isoformat()]
    assert list(presets) == list(PRESETS)
    for preset, days in presets.items():
        window = preset_window(preset, now, ZoneInfo(zone))
        assert days[:2] == [window.first_day.isoformat(), window.last_day.isoformat()]


def test_a_calendar_period_has_the_days_of_the_one_before(acme, now):
    presets = told(acme, now)["presets"][now.date().isoformat()]
    assert presets["month"] == ["2026-11-01", "2026-11-18", "2026-10-01", "2026-10-18"]
    assert presets["last-year"] == ["2025-01-01", "2025-12-31", "2024-01-01", "2024-12-31"]
    assert {preset for preset, days in presets.items() if len(days) == 4} == set(PERIODS)


def test_no_preset_offers_what_the_server_refuses(acme, now):
    for preset in told(acme, now)["presets"][now.date().isoformat()]:
        assert read_page(QueryDict(f"range={preset}"), acme, now).notes == ()


@pytest.mark.parametrize(
    ("query", "preset", "days", "zone", "compare"),
    [
        ("", "7d", ["2026-11-12", "2026-11-18"], "UTC", "previous"),
        ("range=month&timezone=Asia/Tokyo&compare=year", "month", ["2026-11-01", "2026-11-18"], "Asia/Tokyo", "year"),
        ("from=2026-10-01&to=2026-10-03&compare=none", "", ["2026-10-01", "2026-10-03"], "UTC", "none"),
        ("range=30d", "30d", ["2026-10-20", "2026-11-18"], "UTC", "weekday"),
        ("compare=2026-02-03", "7d", ["2026-11-12", "2026-11-18"], "UTC", "day"),
    ],
)
def test_it_opens_with_what_is_shown(acme, now, query, preset, days, zone, compare):
    data = told(acme, now, query)
    assert (data["preset"], [data["from"], data["to"]], data["zone"], data["compare"]) == (preset, days, zone, compare)


def test_every_zone_that_is_offered_is_understood(client, acme, now):
    response = client.get("/analytics/time-zones.json")
    assert "public" in response["Cache-Control"]
    names = response.json()
    assert names == sorted(time_zone_names())
    assert {"UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires"} <= set(names)
    for name in names:
        assert read_page(QueryDict(urlencode({"timezone": name})), acme, now).notes == ()
