"""The price book as a CSV file: what it may say, and that one mistake changes nothing."""

import pytest

from analytics.ingest.price_file import Loaded, PriceFileError, load
from analytics.models import Price

pytestmark = pytest.mark.django_db

HEADER = "provider,model,valid_from,input_usd_per_1m,cached_input_usd_per_1m,output_usd_per_1m\n"
WIDE = (
    "provider,model,valid_from,tier,above_input_tokens,input_usd_per_1m,cached_input_usd_per_1m,"
    "cache_write_usd_per_1m,cache_write_1h_usd_per_1m,output_usd_per_1m\n"
)


def test_a_price_file_may_have_tiers_steps_and_prices_of_caches():
    rows = [
        "openai,gpt-5.5,2026-01-01,,,2,0.2,,,10",
        "openai,gpt-5.5,2026-01-01,standard,272000,4,0.4,5,8,15",
        "openai,gpt-5.5,2026-01-01,Batch,0,1,,,,5",
        "openai,gpt-5.5-2026-04-23,2026-01-01,,,3,,,,11",
    ]
    file = (WIDE + "\n".join(rows)).encode()
    assert load(file) == Loaded(created=4, changed=0, unchanged=0)
    kept = Price.objects.order_by("model", "tier", "above_input_tokens").values_list(
        "model", "tier", "above_input_tokens", "cache_write_usd_per_1m", "cache_write_1h_usd_per_1m"
    )
    assert list(kept) == [
        ("gpt-5.5", "", 0, None, None),
        ("gpt-5.5", "", 272_000, 5, 8),
        ("gpt-5.5", "batch", 0, None, None),
        ("gpt-5.5-2026-04-23", "", 0, None, None),
    ]
    assert load(file) == Loaded(created=0, changed=0, unchanged=4)
    assert load((WIDE + rows[2].replace(",,,5", ",,3,5")).encode()) == Loaded(created=0, changed=1, unchanged=0)
    assert Price.objects.get(tier="batch").cache_write_1h_usd_per_1m == 3


def test_columns_of_a_price_file_stand_in_any_order():
    load(b"model,provider,output_usd_per_1m,tier,valid_from,input_usd_per_1m\ngpt,openai,2,flex,2026-01-01,1\n")
    assert str(Price.objects.get()) == "openai · gpt (flex) from 2026-01-01"


def test_a_file_of_a_spreadsheet_may_begin_with_its_mark():
    assert load(b"\xef\xbb\xbf" + (HEADER + GOOD).encode()) == Loaded(created=1, changed=0, unchanged=0)


def test_every_mistake_of_a_file_is_named():
    with pytest.raises(PriceFileError) as error:
        load((HEADER + "openai,,2026-01-01,1,1,x\nopenai,gpt\n").encode())
    assert error.value.problems == [
        "line 2: model: is required",
        'line 2: output_usd_per_1m: must be from 0 to 1000000, with at most 6 decimal places, got "x"',
        "line 3: must have 6 values, got 2",
    ]


GOOD = "openai,gpt-5.5,2026-01-01,1,1,1\n"
BEFORE = "openai,gpt,2026-01-01,"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: must be provider,model,"),
        ("provider,model\n", "line 1: must be provider,model,"),
        (HEADER + GOOD + "openai,gpt,2026-01-01,1,1\n", "line 3: must have 6 values, got 5"),
        (HEADER + GOOD + ",gpt,2026-01-01,1,1,1\n", "line 3: provider: is required"),
        (HEADER + GOOD + f"openai,{'m' * 201},2026-01-01,1,1,1\n", "line 3: model: must be text of at most 200"),
        (HEADER + GOOD + "openai,gpt,2026-02-30,1,1,1\n", "line 3: valid_from: must be a day from 2000 to 2100"),
        (HEADER + GOOD + "openai,gpt,1999-01-01,1,1,1\n", "line 3: valid_from: must be a day"),
        (HEADER + GOOD + "openai,gpt,2026-01-01,,1,1\n", "line 3: input_usd_per_1m: is required"),
        (HEADER + GOOD + "openai,gpt,2026-01-01,1,-1,1\n", 'got "-1"'),
        (HEADER + GOOD + "openai,gpt,2026-01-01,1,1,0.1234567\n", "line 3: output_usd_per_1m: must be from 0"),
        (HEADER + GOOD + "openai,gpt,2026-01-01,1,1,1000001\n", "line 3: output_usd_per_1m: must be from 0"),
        (HEADER + GOOD + "openai,gpt,2026-01-01,NaN,1,1\n", "line 3: input_usd_per_1m: must be from 0"),
        (HEADER + GOOD + "OPENAI,x/gpt-5.5,2026-01-01,1,1,1\n", "openai · gpt-5.5 from 2026-01-01 is given twice"),
        (HEADER + GOOD + '"openai,gpt\n', "is not CSV"),
        (HEADER.replace("model", "model,model") + GOOD, "line 1: must be provider,model,"),
        (HEADER.strip() + ",discount\n", "line 1: must be provider,model,"),
        (WIDE + BEFORE + f"{'t' * 201},,1,,,,1\n", "line 2: tier: must be text of at most 200"),
        (
            WIDE + BEFORE + ",many,1,,,,1\n",
            'line 2: above_input_tokens: must be a whole number up to 1000000000000, got "',
        ),
        (WIDE + BEFORE + ",-1,1,,,,1\n", "line 2: above_input_tokens: must be a whole number"),
        (WIDE + BEFORE + ",1000000000001,1,,,,1\n", "line 2: above_input_tokens: must be a whole number"),
        (WIDE + BEFORE + ",,1,,x,,1\n", "line 2: cache_write_usd_per_1m: must be from 0"),
        (WIDE + BEFORE + ",,1,,,-2,1\n", "line 2: cache_write_1h_usd_per_1m: must be from 0"),
        (
            WIDE + (BEFORE + "batch,7,1,,,,1\n") * 2,
            "line 3: openai · gpt (batch) above 7 from 2026-01-01 is given twice",
        ),
    ],
)
def test_a_bad_price_file_changes_nothing_and_names_the_line(text, said):
    with pytest.raises(PriceFileError) as error:
        load(text.encode())
    assert said in str(error.value)
    assert Price.objects.count() == 0
