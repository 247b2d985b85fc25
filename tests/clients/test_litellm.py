"""The real litellm logs its calls to a live server: what it counted is on page and in JSON, exactly.

Also as the help page says: what it gives to copy works as it stands, once a secret is in its place.
"""

import json
import re
import subprocess
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from pathlib import Path

import pytest

from tests.clients.conftest import Company, client_environment
from tests.forked import run
from tests.servers import ROOT

SAID = "the secret recipe of the house"
PROGRAMS = Path(__file__).parent
ENVIRONMENT = client_environment(LITELLM_LOCAL_MODEL_COST_MAP="True", OPENAI_API_KEY="none")


# A program that finds litellm imported, which takes seconds.
litellm = partial(run, ready_in=ENVIRONMENT, modules=("litellm.integrations.generic_api.generic_api_callback",))


def said_by(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Logged:
    """Companies to which the same calls were logged, each in another way; and what litellm counted, call by call."""

    companies: dict[str, Company]
    calls: list[dict]


@pytest.fixture(scope="module")
def logged(live, found_company) -> Logged:
    ways = ("json-array", "ndjson", "single", "token")
    companies = {way: found_company(f"litellm-{way}") for way in ways}
    secrets = {way: company.secret for way, company in companies.items()} | {"token": live.token("litellm-token")}
    formats = {"json-array": "json_array", "token": "json_array"}
    senders = [f"{formats.get(way, way)}={secrets[way]}" for way in ways]
    environment = ENVIRONMENT | {"GENERIC_LOGGER_ENDPOINT": f"{live.url}/usage/litellm"}
    done = litellm(PROGRAMS / "litellm_calls.py", SAID, *senders, environment=environment)
    said = said_by(done)
    assert "Generic API Logger" not in done.stderr, done.stderr
    return Logged(companies, json.loads(said.splitlines()[-1]))


def exact(cost: str) -> Decimal:
    """Of the float that litellm computed; "None": it knows no price."""
    return Decimal(cost.replace("None", "0")).quantize(Decimal("1e-12"), rounding=ROUND_HALF_EVEN)


def counted(calls: list[dict]) -> dict:
    unpriced = [one for one in calls if not one["failed"] and exact(one["cost"]) == 0]
    assert len(unpriced) == 2
    return {
        "cost": sum(exact(one["cost"]) for one in calls),
        "requestCount": len(calls),
        "totalTokens": sum(one["in"] + one["out"] for one in calls),
        "inputTokens": sum(one["in"] for one in calls),
        "outputTokens": sum(one["out"] for one in calls),
        "cachedInputTokens": 1_000_000,
        "cacheWriteTokens": 0,
        "reasoningTokens": 0,
        "errorCount": sum(one["failed"] for one in calls),
        "unpricedRequestCount": len(unpriced),
        "estimatedCost": 0,
    }


@pytest.mark.parametrize("way", ["json-array", "ndjson", "single", "token"])
def test_what_litellm_counted_is_shown_exactly_and_once(logged, way):
    company, expected = logged.companies[way], counted(logged.calls)
    assert company.activity()["totals"] == expected
    assert (expected["requestCount"], expected["errorCount"], expected["cost"] > 2) == (9, 1, True)
    page = company.page()
    assert f'title="{expected["totalTokens"]:,}"' in page
    assert f'title="${expected["cost"]:.2f}"' in page
    assert "never-heard-of" in page


def test_with_an_access_token_the_key_is_made_that_litellm_names(logged):
    for group_by, label in (("apiKey", "alpha"), ("project", "Growth"), ("user", "Olga Owner")):
        days = logged.companies["token"].activity(groupBy=group_by)["activity"]
        assert {one["label"] for day in days for one in day["breakdown"]} == {label}


def test_what_was_said_is_nowhere_in_the_database(live, logged):
    stored = live.everything_stored()
    assert "never-heard-of" in stored
    assert SAID not in stored


def test_litellms_proxy_set_up_as_the_page_says_logs_its_calls(found_company):
    company = found_company("help-litellm-proxy")
    text = company.to_copy("litellm")["litellm-proxy"]
    cost, tokens = said_by(litellm(PROGRAMS / "configured_calls.py", given=text, environment=ENVIRONMENT)).split()
    totals = company.activity()["totals"]
    assert (totals["requestCount"], totals["cost"], totals["totalTokens"]) == (1, exact(cost), int(tokens))


def test_the_program_for_litellms_package_runs_as_it_stands_and_is_the_documents(live, found_company, tmp_path):
    company = found_company("help-litellm-package")
    text = company.to_copy("litellm")["litellm-package"]
    (documented,) = re.findall("```python\n(.*?)```", (ROOT / "docs/senders.md").read_text(), re.DOTALL)
    documented = documented.replace("sk-org-…", company.secret).replace("https://orgdash.example.com", live.url)
    assert documented.split() == text.split()
    program = tmp_path / "program.py"
    program.write_text(text)
    said_by(litellm(program, environment=client_environment(LITELLM_LOCAL_MODEL_COST_MAP="True")))
    totals = company.activity()["totals"]
    # LiteLLM counts 10 and 20 tokens for a mocked answer, at 2.50 and 10 dollars a million.
    assert (totals["requestCount"], totals["cost"], totals["totalTokens"]) == (1, Decimal("0.000225"), 30)
