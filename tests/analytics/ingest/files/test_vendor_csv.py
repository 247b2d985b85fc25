"""Exports of consoles and gateways: what they add up to, whose they are, and what they do not say."""

import csv
import io
from collections import Counter
from decimal import Decimal

import pytest
from django.db.models import Count, F, Sum

from analytics.ingest.files import lines
from analytics.ingest.files.lines import BATCH
from analytics.ingest.files.vendor_csv import Keys, opened
from analytics.ingest.files.vendors import EXPORTS
from analytics.ledger import differences
from analytics.models import Price, Request
from tests.analytics.export_files import FILES, KEY_MAP, drafts_of, spend_log, sums_of, written
from tests.conftest import NOW
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db


PARTS = ("cached_input_tokens", "cache_write_tokens", "reasoning_tokens", "cache_write_1h_tokens")

EXPECTED = {
    "openai-csv": (
        {"requests": 19, "input_tokens": 111250, "output_tokens": 86646, "cached_input_tokens": 13959, "errors": 0},
        {"requests": 10, "input_tokens": 59203, "output_tokens": 10646, "cached_input_tokens": 5767},
        {"2025-10-05T00:00:00+00:00", "2025-10-06T00:00:00+00:00"},
    ),
    "anthropic-csv": (
        {"requests": 3, "input_tokens": 2312845, "output_tokens": 526048, "cached_input_tokens": 200, "errors": 0},
        {"requests": 1, "input_tokens": 63181, "output_tokens": 16932, "cached_input_tokens": 200},
        {"2026-08-05T00:00:00+00:00", "2026-08-05T02:00:00+00:00"},
    ),
    "openrouter-csv": (
        {"requests": 3, "input_tokens": 10494, "output_tokens": 253, "cached_input_tokens": 8000, "errors": 1}
        | {"cost": Decimal("0.0323005")},
        {"requests": 1, "input_tokens": 10389, "output_tokens": 137, "cached_input_tokens": 8000}
        | {"cost": Decimal("0.0123")},
        {
            "2026-06-28T03:46:57.713000+00:00",
            "2026-06-28T03:46:58.100000+00:00",
            "2026-06-28T03:46:59+00:00",
        },
    ),
    "litellm-csv": (
        {"requests": 3, "input_tokens": 111, "output_tokens": 27, "cached_input_tokens": 37, "errors": 1}
        | {"cost": Decimal("0.01771815")},
        {"requests": 1, "input_tokens": 37, "output_tokens": 9, "cached_input_tokens": 30}
        | {"cost": Decimal("0.00001095")},
        {"2026-03-27T10:11:12.345000+00:00", "2026-03-27T10:00:00+00:00"},
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_an_export_adds_up_to_what_it_says_and_a_second_run_adds_nothing(kind, run, usage_file, workspace):
    everything, first_key, instants = EXPECTED[kind]
    path = usage_file(FILES[kind])
    count = everything["requests"]
    code, said, complaints = run(path, format=kind, key_map=KEY_MAP)
    assert (code, said.splitlines()[0], complaints) == (0, f"recorded {count}, repeated 0, refused 0", [])
    assert sums_of() == {"cost": 0} | everything
    assert sums_of(api_key_id=workspace.olga_key.pk) == {"cost": 0, "errors": 0} | first_key
    assert {one.occurred_at.isoformat() for one in Request.objects.all()} == instants
    again = run(path, format=kind, key_map=KEY_MAP)
    assert (again[0], again[1].splitlines()[0]) == (0, f"recorded 0, repeated {count}, refused 0: nothing new")
    assert sums_of() == {"cost": 0} | everything
    assert differences.differences(workspace.organization.pk) == []


def test_what_has_no_cost_is_priced_by_the_price_book(run, usage_file):
    Price.objects.create(
        provider="openai",
        model="gpt-4o",
        valid_from="2025-01-01",
        input_usd_per_1m="2.50",
        cached_input_usd_per_1m="1.25",
        output_usd_per_1m="10",
    )
    run(usage_file(FILES["openai-csv"]), format="openai-csv", key_map=KEY_MAP)
    # 53,436 at 2.50, 5,767 at 1.25 and 10,646 at 10 dollars a million, however the ten requests share them
    assert sums_of()["cost"] == Decimal("0.24725875")
    assert Request.objects.filter(cost=None).count() == 9


def test_the_requests_of_a_sum_share_its_tokens_exactly_whatever_they_are(run, usage_file):
    rows = ["start_time,end_time,num_model_requests,model,input_tokens,output_tokens,input_cached_tokens"]
    wanted = {}
    for requests in range(1, 8):
        for tokens in range(8):
            for cached in range(tokens + 1):
                start = 1759622400 + 60 * len(rows)
                rows.append(f"{start},{start + 60},{requests},gpt-5,{tokens},{2 * tokens},{cached}")
                wanted[start] = (requests, tokens, 2 * tokens, cached) if tokens else (requests, 0, 0, 0)
    assert run(usage_file("\n".join(rows)), format="openai-csv", api_key="key_olga")[0] == 0
    found = {
        int(at.timestamp()): tuple(sums)
        for at, *sums in Request.objects.values("occurred_at").values_list(
            "occurred_at", Count("event_id"), Sum("input_tokens"), Sum("output_tokens"), Sum("cached_input_tokens")
        )
    }
    assert found == wanted
    assert not Request.objects.filter(cached_input_tokens__gt=F("input_tokens")).exists()


@pytest.mark.parametrize("requests", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "tokens", [(2, 1, 1, 1), (10, 4, 5, 2), (11, 5, 6, 6), (3, 0, 3, 1), (100, 33, 66, 5), (7, 7, 0, 0)]
)
def test_the_requests_of_a_sum_share_every_class_and_parts_stay_within_their_whole(requests, tokens):
    whole, read, written, hour = tokens
    report = {
        "day": "2026-06-20",
        "model": "m",
        "total_cost": "0.000000000010",
        "input_tokens": whole,
        "output_tokens": whole,
        "cached_input_tokens": read,
        "cache_creation_input_tokens": written,
        "reasoning_tokens": hour,
        "request_count": requests,
    }
    text = ",".join(report) + "\n" + ",".join(map(str, report.values())) + "\n"
    drafts = drafts_of("vercel", text)
    assert len(drafts) == requests
    sums = {name: sum(getattr(one, name) for one in drafts) for name in ("input_tokens", *PARTS[:3], "cost_usd")}
    assert list(sums.values()) == [whole, read, written, hour, Decimal("0.00000000001")]
    assert all(one.cached_input_tokens + one.cache_write_tokens <= one.input_tokens for one in drafts)
    assert all(one.reasoning_tokens <= one.output_tokens for one in drafts)


def test_a_sum_of_many_requests_comes_in_batches_of_events(workspace):
    row = "1759622400,1759708800,12001,gpt-5,24005,1,0"
    text = f"start_time,end_time,num_model_requests,model,input_tokens,output_tokens,input_cached_tokens\n{row}\n"
    batches = list(opened(io.BytesIO(text.encode()), EXPORTS["openai-csv"], Keys(default="key_olga"), NOW, NOW).batches)
    assert [len(batch) for batch in batches] == [BATCH, BATCH, 2001]
    drafts = [line.outcome for batch in batches for line in batch]
    assert len({draft.id for draft in drafts}) == 12001
    assert Counter(draft.input_tokens for draft in drafts) == {2: 11998, 3: 3}


def test_rows_are_read_a_batch_at_a_time(monkeypatch):
    monkeypatch.setattr(lines, "BATCH", 50)
    text = written([spend_log("a", "b")]).encode().splitlines(keepends=True)

    class Endless(io.RawIOBase):
        read_lines = 0

        def readline(self, size: int = -1) -> bytes:
            self.read_lines += 1
            return text[min(self.read_lines, 2) - 1]

    stream = Endless()
    batches = opened(stream, EXPORTS["litellm-csv"], Keys(default="key_olga"), NOW, NOW).batches
    assert stream.read_lines == 1
    for count in (1, 2):
        assert len(next(batches)) == 50
        assert stream.read_lines == 1 + count * 50
    batches.close()


# --- what a file does not say ---


@pytest.mark.parametrize("kind", FILES)
def test_what_no_such_file_says_is_said_at_the_end(kind, run, usage_file):
    said = run(usage_file(FILES[kind]), format=kind, key_map=KEY_MAP)[1].splitlines()[1:]
    assert said == [f"not in the file: {words}" for words in EXPORTS[kind].unknown]
    assert said


def test_columns_that_this_file_lacks_are_said_once(run, usage_file):
    text = "start_time,end_time,num_model_requests,model,input_tokens\n1759622400,1759708800,2,text-embedding-3,10\n"
    paths = [usage_file(text, name) for name in ("a.csv", "b.csv")]
    said = run(*paths, format="openai-csv", api_key="key_olga")[1].splitlines()
    assert said[0] == "recorded 2, repeated 2, refused 0"
    assert said[-3:] == [
        "not in the file: API keys: no column api_key_id",
        "not in the file: output: no column output_tokens, counted as 0",
        "not in the file: cached input: no column input_cached_tokens, counted as 0",
    ]


@pytest.mark.parametrize("kind", FILES)
def test_columns_in_any_order_and_unknown_ones_make_no_difference(kind, run, usage_file):
    run(usage_file(FILES[kind]), format=kind, key_map=KEY_MAP)
    rows = [{"news": "1"} | row for row in csv.DictReader(io.StringIO(FILES[kind]))]
    turned = written([dict(reversed(row.items())) for row in rows])
    code, said, _ = run(usage_file(turned), format=kind, key_map=KEY_MAP)
    assert (code, said.splitlines()[0].split(", ")[0], ": nothing new" in said) == (0, "recorded 0", True)


# --- whose usage it is ---


def test_a_key_is_found_by_map_then_by_description_then_by_default(run, usage_file, workspace):
    for key, description in ((workspace.dora_key, "batch"), (workspace.search_key, "gen")):
        key.description = description
        key.save()
    options = {"organization": "org_acme", "key_map": ["gen=key_olga"], "api_key": "key_search"}
    rows = [spend_log("a", "gen"), spend_log("b", "batch"), spend_log("c", None), spend_log("d", "who")]
    rows.append(spend_log("e", "who", api_key="batch"))  # the name that the file has first is not known: its hash is
    assert run(usage_file(written(rows)), format="litellm-csv", **options)[0] == 0
    keys = dict(Request.objects.values_list("event_id", "api_key_id"))
    assert keys == {
        "a": workspace.olga_key.pk,
        "b": workspace.dora_key.pk,
        "c": workspace.search_key.pk,
        "d": workspace.search_key.pk,
        "e": workspace.dora_key.pk,
    }


@pytest.mark.parametrize("kind", FILES)
def test_a_key_that_is_not_mapped_is_refused_by_line_and_the_others_are_kept(kind, run, usage_file):
    column = {"openai-csv": "api_key_id", "openrouter-csv": "api_key_name"}.get(kind, "api_key")
    code, said, complaints = run(usage_file(FILES[kind]), format=kind, key_map=KEY_MAP[:1])
    assert code == 1
    assert complaints[0] == f'line 3: {column}: is not mapped to an API key, got "batch": give --key-map or --api-key'
    assert len(complaints) == 2
    assert said.splitlines()[0].endswith("repeated 0, refused 2")
    assert Request.objects.exists()


def test_a_name_that_several_keys_have_is_not_guessed(run, usage_file, workspace):
    ApiKeyFactory(project=workspace.chat, created_by=workspace.olga_key.created_by, description="prod")
    ApiKeyFactory(project=workspace.search, created_by=workspace.olga_key.created_by, description="prod")
    path = usage_file(written([spend_log("a", "prod"), spend_log("b", "", api_key="")]))
    code, _, complaints = run(path, format="litellm-csv", organization="org_acme")
    assert code == 1
    assert complaints == [
        'line 2: api_key: several API keys are called so, got "prod": --key-map says which',
        "line 3: api_key: is empty: --api-key says whose such rows are",
    ]
    code, _, complaints = run(path, format="litellm-csv", organization="org_acme", key_map=["prod=key_olga"])
    assert len(complaints) == 1


def test_a_row_of_a_revoked_key_is_refused_once_however_many_requests_it_has(run, usage_file, workspace):
    workspace.olga_key.revoked_at = NOW.replace(year=2024)
    workspace.olga_key.save()
    code, said, complaints = run(usage_file(FILES["openai-csv"]), format="openai-csv", key_map=KEY_MAP)
    assert (code, said.splitlines()[0]) == (1, "recorded 9, repeated 0, refused 1")
    assert len(complaints) == 1
    assert complaints[0].startswith("line 2: api_key: was revoked at")


def test_the_same_export_under_another_key_is_other_usage(run, usage_file):
    path = usage_file(FILES["anthropic-csv"])
    for key in ("key_olga", "key_dora"):
        said = run(path, format="anthropic-csv", api_key=key)[1]
        assert said.startswith("recorded 3, repeated 0, refused 0\n")
