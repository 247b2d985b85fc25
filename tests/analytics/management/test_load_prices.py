"""load_prices: what it says of a file, and that a file that is wrong changes nothing."""

import pytest
from django.core.management import CommandError

from analytics.ingest.price_file import REQUIRED
from analytics.models import Price
from tests.analytics.ledger.priced import run

pytestmark = pytest.mark.django_db

HEADER = "provider,model,valid_from,input_usd_per_1m,cached_input_usd_per_1m,output_usd_per_1m\n"


def test_load_prices_creates_changes_and_leaves(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text(
        HEADER + "OpenAI,openai/GPT-5.5,2026-01-01,2.50,,10\n\nanthropic,claude-opus-4-5,2026-01-01,5,0.5,25\n"
    )
    assert run("load_prices", str(file)) == "2 created, 0 changed, 0 left as they were."
    assert Price.objects.filter(provider="openai", model="gpt-5.5", cached_input_usd_per_1m=None).count() == 1
    file.write_text(HEADER + "openai,gpt-5.5,2026-01-01,3,,10\nanthropic,claude-opus-4-5,2026-01-01,5.0,0.50,25\n")
    assert run("load_prices", str(file)) == "0 created, 1 changed, 1 left as they were."
    assert Price.objects.get(provider="openai").input_usd_per_1m == 3


def test_a_price_file_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("load_prices", str(tmp_path / "none.csv"))
    (tmp_path / "bytes.csv").write_bytes(b"\xff")
    with pytest.raises(CommandError, match="is not UTF-8 at byte 1"):
        run("load_prices", str(tmp_path / "bytes.csv"))


def test_every_mistake_is_named_and_what_was_there_stays(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text(HEADER + "openai,gpt-5.5,2026-01-01,1,,2\n")
    run("load_prices", str(file))
    file.write_text(HEADER + "openai,gpt-5.5,2026-01-01,3,,4\nopenai,,today,1,,2\n")
    with pytest.raises(CommandError) as refused:
        run("load_prices", str(file))
    assert str(refused.value).splitlines() == [
        f"{file}: nothing was changed.",
        "line 3: model: is required",
        'line 3: valid_from: must be a day from 2000 to 2100, like 2026-06-20, got "today"',
    ]
    assert Price.objects.get().input_usd_per_1m == 1


def test_a_folder_is_no_file_of_prices(tmp_path):
    with pytest.raises(CommandError, match="Is a directory"):
        run("load_prices", str(tmp_path))


def test_prices_that_a_file_does_not_name_stay(tmp_path):
    file = tmp_path / "prices.csv"
    rows = [f"openai,{model},2026-01-01,1,2" for model in ("one", "two", "three")]
    said = []
    for named in (rows[:2], rows[2:], rows):
        file.write_text("\n".join([",".join(REQUIRED), *named]))
        said.append(run("load_prices", str(file)).removesuffix(" left as they were."))
    assert said == ["2 created, 0 changed, 0", "1 created, 0 changed, 0", "0 created, 0 changed, 3"]
    assert Price.objects.count() == 3
