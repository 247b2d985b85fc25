"""The options of import_usage: which format takes which, and whose usage they say it is; said before a file is read."""

import pytest
from django.core.management import CommandError

from analytics.models import Request
from tests.analytics.export_files import FILES, TRACE, TRACE_OPTIONS, spend_log, written

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
