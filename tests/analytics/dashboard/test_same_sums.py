"""Page, CSV and JSON show the same sums for the same link, whatever it asks for."""

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.dashboard.export import BUCKET_COLUMNS
from analytics.ledger import record
from analytics.metrics import DIMENSIONS, METRICS
from analytics.models import CostSource
from tests.analytics.dashboard.exports import PAGE, parts, records, signed_in
from tests.analytics.usage import event

pytestmark = pytest.mark.django_db


FIELDS = {"cost": "cost_usd", "requests": "requests", "tokens": "tokens"}

VALUES = {
    "range": ["today", "24h", "7d", "30d", "month", "last-month", "12m"],
    "timezone": ["UTC", "America/New_York", "Asia/Kathmandu"],
    "project": ["proj_chat", "proj_search"],
    "apiKey": ["key_olga", "key_dora", "key_search"],
    "member": ["mem_olga", "mem_dora"],
    "sort": ["name", "-name", "cost", "-errorRate", "share", "estimatedCost", "-reasoningTokens"],
    "q": ["gpt", "zzz"],
    "page": ["1", "all"],
    "bucket": ["day"],
}

IN_JSON = {
    "requests": "requestCount",
    "errors": "errorCount",
    "not_priced_requests": "unpricedRequestCount",
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cached_input_tokens": "cachedInputTokens",
    "cache_write_tokens": "cacheWriteTokens",
    "reasoning_tokens": "reasoningTokens",
    "cost_usd": "cost",
    "estimated_cost_usd": "estimatedCost",
}

links = st.fixed_dictionaries(
    {"groupBy": st.sampled_from(sorted(DIMENSIONS)), "metric": st.sampled_from(sorted(METRICS))},
    optional={name: st.sampled_from(values) for name, values in VALUES.items()},
).filter(lambda link: not ("bucket" in link and link.get("range") == "24h"))


@pytest.mark.slow
def test_page_csv_and_json_show_the_same_sums_for_the_same_link(workspace, olga, now, foreign_key):
    client = signed_in(olga.user)
    keys = (workspace.olga_key, workspace.dora_key, workspace.search_key, foreign_key)
    record.record_events(
        [
            event(
                keys[n % 4],
                now - timedelta(hours=5 * n, minutes=n),
                model=("gpt-5.5", "openai/gpt-5.5", "llama3:8b", "embed")[n % 7 % 4],
                cost=None if n % 5 == 0 else Decimal(n * 10**7 + 1).scaleb(-12),
                cost_source=CostSource(n % 3) if n % 5 else CostSource.SENT,
                input_tokens=n * 13,
                cached_input_tokens=n * 2,
                cache_write_tokens=n * 3,
                reasoning_tokens=n % 50,
                is_error=n % 6 == 0,
            )
            for n in range(300)
        ]
    )

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(link=links)
    def check(link):
        query = "&".join(f"{name}={value}" for name, value in link.items())
        page = client.get(f"{PAGE}?{query}").context["page"]
        _, breakdown, *_, over_time = parts(client, query)
        answer = client.get(f"/analytics/activity?organizationId=org_acme&{query}")
        assert answer.status_code == 200
        document = json.loads(b"".join(answer.streaming_content), parse_float=Decimal)
        *rows, total = records(breakdown)
        buckets = records(over_time)
        for metric in METRICS.values():
            card = next(card for card in page.cards if card.metric is metric)
            field = FIELDS[metric.key]
            in_json, in_csv, in_page = Counter(), Counter(), Counter()
            for bucket in document["activity"]:
                for group in bucket["breakdown"]:
                    in_json[group["key"]] += Decimal(group[metric.field])
            for row in rows:
                in_csv[row[f"{page.query.dimension.filter}_id"]] += Decimal(row[field] or 0)
            for group in page.report.groups:
                in_page[group.key] += getattr(group.sums, metric.column)
            assert in_page == in_csv == in_json
            assert set(in_page) == set(in_csv) == set(in_json)
            shown = card.value or 0  # nothing where no request of the window has a price
            assert shown == Decimal(total[field] or 0) == document["totals"][metric.field]
            assert shown == sum(in_page.values())
        shown = {cell.column.key: cell.value for cell in page.table.total}
        estimated = sum(bucket["estimatedCost"] for bucket in document["activity"])
        assert shown.get("estimatedCost", 0) == estimated == document["totals"]["estimatedCost"]
        for column in BUCKET_COLUMNS:
            # Where both the table and a bucket have it, file, page and JSON say the same of the whole.
            summed = sum(Decimal(row[column]) for row in buckets)
            assert summed == getattr(page.report.totals, BUCKET_COLUMNS[column])
            assert summed == document["totals"][IN_JSON[column]]
            assert summed == Decimal(total.get(column) or 0)

    check()
