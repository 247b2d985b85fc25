"""The real litellm logs its calls to a live server: what it counted is on page and in JSON, exactly."""

import json
import subprocess
import sys
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from tests.clients.conftest import Company, Live, client_environment
from tests.servers import ROOT

SAID = "the secret recipe of the house"


@dataclass(frozen=True)
class Logged:
    """Companies to which the same calls were logged, each in another way; and what litellm counted, call by call."""

    companies: dict[str, Company]
    calls: list[dict]


@pytest.fixture(scope="module")
def logged(live, found_company) -> Logged:
    ways = ("json-array", "ndjson", "single", "token")
    companies = {way: found_company(f"litellm-{way}") for way in ways}
    secrets = {way: company.secret for way, company in companies.items()}
    wanted = ("--organization", companies["token"].organization, "--scope", "usage:write", "--create-keys")
    secrets["token"] = live.printed("create_token", *wanted)
    formats = {"json-array": "json_array", "token": "json_array"}
    return Logged(companies, run_calls(live, [f"{formats.get(way, way)}={secrets[way]}" for way in ways]))


def run_calls(live: Live, senders: list[str]) -> list[dict]:
    environment = client_environment(
        GENERIC_LOGGER_ENDPOINT=f"{live.url}/usage/litellm",
        DEFAULT_FLUSH_INTERVAL_SECONDS="600",  # the program says when
        LITELLM_LOCAL_MODEL_COST_MAP="True",
        OPENAI_API_KEY="none",
    )
    command = [sys.executable, "-m", "tests.clients.litellm_calls", SAID, *senders]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Generic API Logger" not in done.stderr, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


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
    stored = live.printed("dumpdata", "analytics", "accounts")
    assert "never-heard-of" in stored
    assert SAID not in stored
