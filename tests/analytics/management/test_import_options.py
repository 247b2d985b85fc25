"""The options of import_usage: which format takes which, and whose usage they say it is; said before a file is read."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import CommandError

from accounts.models import Organization
from analytics.ingest.decoding import EventError
from analytics.ingest.files.azure_traces import AzureUsage
from analytics.ingest.files.vendors import EXPORTS
from analytics.management import import_options
from analytics.models import Request
from tests.analytics.export_files import FILES, TRACE, TRACE_OPTIONS, drafts_of, spend_log, written
from tests.conftest import NOW
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"api_key": None}, "--api-key: is required for --format azure-csv"),
        ({"model": None}, "--model: is required for --format azure-csv"),
        ({"provider": None}, "--provider: is required for --format azure-csv"),
        ({"api_key": "key_nobody"}, '--api-key: there is no such API key, got "key_nobody"'),
        ({"model": " "}, '--model: must not be empty, got ""'),
        ({"provider": "p" * 201}, f'--provider: must be at most 200 characters, got "{"p" * 60}"…'),
        ({"input_usd_per_1m": "cheap"}, '--input-usd-per-1m: must be a price like 2.50, got "cheap"'),
        (
            {"output_usd_per_1m": "-1"},
            '--output-usd-per-1m: must be from 0 to 1000000, with at most 6 decimal places, got "-1"',
        ),
        (
            {"output_usd_per_1m": "NaN"},
            '--output-usd-per-1m: must be from 0 to 1000000, with at most 6 decimal places, got "NaN"',
        ),
        (
            {"input_usd_per_1m": "0.1234567"},
            '--input-usd-per-1m: must be from 0 to 1000000, with at most 6 decimal places, got "0.1234567"',
        ),
        (
            {"output_usd_per_1m": None},
            "--input-usd-per-1m and --output-usd-per-1m: give both, or none where there is no price",
        ),
        ({"format": "jsonl"}, "--api-key: is not for --format jsonl"),
    ],
)
def test_options_that_do_not_fit_a_trace_are_refused_before_anything_is_read(changes, message, run, usage_file):
    with pytest.raises(CommandError) as refused:
        run(usage_file(TRACE), **TRACE_OPTIONS | changes)
    assert str(refused.value) == message
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "--key-map, --organization or --api-key: one is required for --format openai-csv"),
        ({"key_map": ["prod"]}, '--key-map: must be NAME=KEY, got "prod"'),
        ({"key_map": ["=key_olga"]}, '--key-map: must be NAME=KEY, got "=key_olga"'),
        ({"key_map": ["prod=key_nobody"]}, '--key-map: there is no such API key, got "key_nobody"'),
        ({"key_map": ["a=key_olga", "a=key_dora"]}, '--key-map: names two API keys for "a"'),
        ({"api_key": "key_nobody"}, '--api-key: there is no such API key, got "key_nobody"'),
        ({"organization": "org_none"}, '--organization: there is no such organization, got "org_none"'),
        ({"api_key": "key_olga", "model": "m"}, "--model: is not for --format openai-csv"),
        ({"format": "jsonl", "key_map": ["a=key_olga"]}, "--key-map: is not for --format jsonl"),
        ({"format": "azure-csv", "organization": "org_acme"}, "--organization: is not for --format azure-csv"),
    ],
)
def test_options_that_do_not_fit_an_export_are_refused_before_anything_is_read(options, message, run, usage_file):
    with pytest.raises(CommandError) as refused:
        run(usage_file(FILES["openai-csv"]), **{"format": "openai-csv"} | options)
    assert str(refused.value) == message
    assert not Request.objects.exists()


def test_a_name_may_hold_an_equals_sign(run, usage_file):
    path = usage_file(written([spend_log("a", "team=red")]))
    assert run(path, format="litellm-csv", key_map=["team=red=key_olga"])[0] == 0


# --- the options alone ---

NOTHING = dict.fromkeys(import_options.ALL)


@pytest.mark.parametrize(
    ("text", "dollars"),
    [(None, None), ("0", "0"), ("2.50", "2.5"), ("0.000001", "0.000001"), ("1000000", "1000000"), ("1e3", "1000")],
)
def test_a_price_is_dollars_with_at_most_six_places(text, dollars):
    assert import_options.price("--price", text) == (dollars and Decimal(dollars))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be a price like 2.50"),
        ("$2", "must be a price like 2.50"),
        ("1,5", "must be a price like 2.50"),
        ("0.0000001", "must be from 0 to 1000000, with at most 6 decimal places"),
        ("1000000.01", "must be from 0 to 1000000, with at most 6 decimal places"),
        ("-0.01", "must be from 0 to 1000000, with at most 6 decimal places"),
        ("Infinity", "must be from 0 to 1000000, with at most 6 decimal places"),
    ],
)
def test_what_is_no_price_is_refused_by_its_option(text, said):
    with pytest.raises(CommandError) as refused:
        import_options.price("--price", text)
    assert str(refused.value) == f'--price: {said}, got "{text}"'


@pytest.mark.parametrize("kind", import_options.OPTIONS)
def test_a_format_takes_its_own_options_and_refuses_each_other_one(kind):
    own = import_options.OPTIONS[kind]
    import_options.fitting(NOTHING | dict.fromkeys(own, "x"), kind)
    others = [name for name in import_options.ALL if name not in own]
    for name in others:
        with pytest.raises(CommandError, match=f"^--{name.replace('_', '-')}: is not for --format {kind}$"):
            import_options.fitting(NOTHING | {name: "x"}, kind)
    assert others


def test_events_need_no_options_and_are_no_export():
    reading = import_options.reading(NOTHING, "jsonl", NOW)
    assert (reading.azure, reading.export, reading.is_export) == (None, None, False)


def test_a_trace_is_read_with_what_it_does_not_say(workspace):
    given = NOTHING | {"api_key": "key_olga", "model": "gpt-5.5", "provider": "azure"}
    reading = import_options.reading(given, "azure-csv", NOW)
    assert (reading.azure, reading.is_export) == (AzureUsage("key_olga", "azure", "gpt-5.5"), False)
    priced = given | {"input_usd_per_1m": "30", "output_usd_per_1m": "60"}
    assert import_options.reading(priced, "azure-csv", NOW).azure == replace(
        reading.azure, input_price=Decimal(30), output_price=Decimal(60)
    )


@pytest.mark.parametrize(
    ("kind", "export"),
    [("litellm-csv", EXPORTS["litellm-csv"]), ("json", None)],
    ids=["by its columns", "by its fields"],
)
def test_an_export_is_read_by_its_format_and_json_by_what_its_records_are(kind, export, workspace):
    reading = import_options.reading(NOTHING | {"api_key": "key_olga"}, kind, NOW)
    assert (reading.export, reading.is_export, reading.keys.default) == (export, True, "key_olga")


def test_any_other_csv_is_read_as_it_is_mapped(workspace):
    given = {"api_key": "key_olga", "map": ["timestamp=at", "model=name"], "provider": "openai"}
    assert import_options.reading(NOTHING | given, "csv", NOW).export.required == ("at", "name")


def test_keys_are_an_organizations_by_their_descriptions_unless_the_map_says_otherwise(workspace, foreign_key):
    twin = {"project": workspace.search, "created_by": workspace.olga_key.created_by, "description": "Chat staging"}
    ApiKeyFactory(**twin)
    given = {"organization": "org_acme", "key_map": ["Owner key=key_search", "x=y=key_other"], "api_key": "key_dora"}
    keys = import_options.export_keys(NOTHING | given, "litellm-csv")
    assert keys.named == {"Owner key": "key_search", "Nightly sync": "key_search", "x=y": "key_other"}
    assert (keys.ambiguous, keys.default) == ({"Chat staging"}, "key_dora")


def test_events_of_a_deleted_organization_are_refused_and_no_others(workspace, foreign_key, django_assert_num_queries):
    Organization.objects.filter(public_id="org_other").update(status="deleted")
    (draft,) = drafts_of("litellm-csv", written([spend_log("a", "prod")]))
    drafts = [draft.model_copy(update={"api_key": key}) for key in ("key_olga", "key_other", "key_nobody")]
    bad = EventError("model", "must not be empty")
    with django_assert_num_queries(1):
        living = import_options.of_living([*drafts, bad])
    assert (living[0], living[2], living[3]) == (drafts[0], drafts[2], bad)
    assert str(living[1]) == 'api_key: its organization has been deleted, got "key_other"'
