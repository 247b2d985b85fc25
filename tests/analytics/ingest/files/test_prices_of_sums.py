"""What a sum costs: nobody knows how long its requests were."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from analytics.models import Request
from tests.analytics.export_files import written

pytestmark = pytest.mark.django_db


CONSOLE = {
    "usage_date_utc": "2026-06-20",
    "model_version": "claude-sonnet-4-5-20250929",
    "context_window": "≤ 200k",
    "usage_input_tokens_no_cache": 1_000_000,
    "usage_input_tokens_cache_write_5m": 0,
    "usage_input_tokens_cache_write_1h": 0,
    "usage_input_tokens_cache_read": 0,
    "usage_output_tokens": 0,
}
REPORT = {
    "model": "claude-sonnet-4-5-20250929",
    "context_window": "0-200k",
    "uncached_input_tokens": 1_000_000,
    "output_tokens": 0,
}


def reported(window: str) -> str:
    edges = {"starting_at": "2026-06-20T00:00:00Z", "ending_at": "2026-06-21T00:00:00Z"}
    return json.dumps({"data": [edges | {"results": [REPORT | {"context_window": window}]}]})


SUMS = {
    "of short requests": (written([CONSOLE]), "3"),
    "of long ones": (written([CONSOLE | {"context_window": "> 200k"}]), "6"),
    "of whichever": (written([{name: one for name, one in CONSOLE.items() if name != "context_window"}]), "3"),
    "reported, of short ones": (reported("0-200k"), "3"),
    "reported, of long ones": (reported("200k-1M"), "6"),
}


@pytest.mark.parametrize(("content", "cost"), SUMS.values(), ids=SUMS)
def test_a_sum_has_the_price_of_short_requests_unless_all_of_them_were_long(content, cost, run, usage_file, settings):
    settings.CATALOGUE = True
    assert run(usage_file(content), api_key="key_olga")[0] == 0
    assert Request.objects.get().cost == Decimal(cost)
    call_command("reprice", all=True)
    assert Request.objects.get().cost == Decimal(cost)


@pytest.mark.parametrize(("requests", "cost"), [("1", "6"), ("2", "3")])
def test_a_row_of_one_request_is_as_long_as_it_says(requests, cost, run, usage_file, settings):
    settings.CATALOGUE = True
    row = {"at": "2026-06-20T10:00:00Z", "name": "claude-sonnet-4-5", "in": 1_000_000, "many": requests}
    names = ["timestamp=at", "model=name", "input_tokens=in", "requests=many"]
    assert run(usage_file(written([row])), api_key="key_olga", map=names, provider="anthropic")[0] == 0
    assert sum(one.cost for one in Request.objects.all()) == Decimal(cost)
