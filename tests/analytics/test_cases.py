"""What real senders write, and the numbers that are right: the acceptance cases, through the doors, on the JSON."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from itertools import permutations
from pathlib import Path

import pytest
import simplejson
from django.core.management import call_command
from django.test import Client

from accounts.models import AccessToken, ApiKey, Organization, hash_secret
from analytics.models import Price
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
CASES_DIR = Path(os.environ.get("CASES_DIR", ROOT.parent / "shared" / "cases"))
CASES = sorted(path for path in CASES_DIR.glob("*.json") if path.name != "catalogue-prices.json")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SECRET, TOKEN = "sk-org-" + "s" * 40, "at-org-" + "t" * 40
COUNTS = ("recorded", "updated", "merged", "repeated", "outdated", "ignored", "conflicting", "refused")
MOST_ORDERS = 6

if not CASES:
    pytest.skip(f"no acceptance cases at {CASES_DIR}", allow_module_level=True)


@pytest.fixture(autouse=True)
def _at_their_time(settings) -> None:
    settings.ORGDASH_NOW = NOW
    settings.CATALOGUE = True


@pytest.fixture
@kept
def key(db) -> ApiKey:
    organization = OrganizationFactory(public_id="org_cases", plan="enterprise")
    owner = MembershipFactory(organization=organization, role="owner")
    made = ApiKeyFactory(project=ProjectFactory(organization=organization), created_by=owner, public_id="key_cases")
    made.set_secret(SECRET)
    made.save()
    scopes = {AccessToken.Scope.ANALYTICS_READ: "r", AccessToken.Scope.USAGE_WRITE: "w"}
    for scope, letter in scopes.items():
        writes = scope == AccessToken.Scope.USAGE_WRITE
        AccessToken.objects.create(
            organization=organization, scope=scope, token_hash=hash_secret(TOKEN + letter), creates_keys=writes
        )
    return made


def case(path: Path) -> dict:
    return json.loads(path.read_text())


def orders() -> list:
    """Every case as it stands, and in every other order where that must not matter."""
    found = []
    for path in CASES:
        read = case(path)
        count = len(read["sends"])
        asked, *others = list(permutations(range(count)))[: MOST_ORDERS if read.get("any_order") else 1]
        found += [_of(path, asked), *(_of(path, order, pytest.mark.slow) for order in others)]
    return found


def _of(path: Path, order: tuple[int, ...], *marks: pytest.MarkDecorator):
    return pytest.param(path, order, id=f"{path.stem}-{''.join(map(str, order))}", marks=marks)


def send(element: object, path: str, headers: dict[str, str]) -> tuple[int, dict]:
    """The status, and what the receipt says."""
    if isinstance(element, dict) and "file" in element:
        return imported(element["file"], path.removeprefix("import:"))
    if isinstance(element, dict) and element.keys() == {"path", "body"}:
        path, element = element["path"], element["body"]
    secret = TOKEN + "w" if "Authorization" in headers else SECRET
    response = Client().post(
        path, json.dumps(element), content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    if "X-Orgdash-Usage" in response:
        pairs = (pair.split("=") for pair in response["X-Orgdash-Usage"].split(", "))
        return response.status_code, {name: int(count) for name, count in pairs} | {"body": response.json()}
    return response.status_code, response.json()


def imported(name: str, kind: str) -> tuple[int, dict]:
    try:
        said = StringIO()
        call_command("import_usage", CASES_DIR / name, format=kind, api_key="key_cases", stdout=said, stderr=said)
    except SystemExit as ended:
        return ended.code, {"said": said.getvalue()}
    return 0, {"said": said.getvalue()}


def asked(**parameters: str) -> dict:
    response = Client().get(
        "/analytics/activity",
        {"organizationId": "org_cases", "from": "2026-11-01", "to": "2026-11-25"} | parameters,
        headers={"Authorization": f"Bearer {TOKEN}r"},
    )
    assert response.status_code == 200, response.content
    return simplejson.loads(b"".join(response), use_decimal=True)


def used(answer: dict, name: str) -> dict[str, int]:
    """The requests of each group, by its "key" or "label"."""
    found: dict[str, int] = {}
    for row in answer["activity"]:
        for group in row["breakdown"]:
            found[group[name]] = found.get(group[name], 0) + group["requestCount"]
    return found


def check_answer(answered: tuple[int, dict], expected: dict) -> None:
    status, said = answered
    assert status == expected.get("exit", expected.get("status", 200)), said
    for name in COUNTS:
        if name in expected:
            wanted = expected[name] if isinstance(expected[name], int) else len(expected[name])
            got = said.get(name, 0)
            assert (len(got) if isinstance(got, list) else got) == wanted, (name, said)
    if "refused_fields" in expected:
        assert [one["field"] for one in said["refused"]] == expected["refused_fields"]
    for name in expected.get("names", ()):
        assert name in json.dumps(said), said


@pytest.mark.parametrize(("path", "order"), orders())
def test_it_comes_to_the_numbers_that_are_right(path, order, key):
    read = case(path)
    for row in read.get("prices", ()):
        Price.objects.create(**{name: value or None for name, value in row.items()})
    answers = [send(read["sends"][index], read["path"], read.get("headers", {})) for index in order]
    expect = read["expect"]
    answer = expect.get("answer")
    for answered, wanted in zip(answers, answer if isinstance(answer, list) else [answer] * len(answers), strict=True):
        check_answer(answered, wanted) if wanted else None
    by_model = asked()
    totals = by_model["totals"]
    for name in ("requestCount", "errorCount", "unpricedRequestCount", *(n for n in totals if n.endswith("Tokens"))):
        if name in expect:
            assert totals[name] == expect[name], (name, totals, answers)
    if "cost" in expect:
        if expect["cost"] is None:
            assert totals["unpricedRequestCount"] == totals["requestCount"], totals
        else:
            assert totals["cost"] == Decimal(expect["cost"]), (totals, answers)
    if "estimatedCost" in expect:
        assert totals["estimatedCost"] == Decimal(expect["estimatedCost"])
    if "estimated" in expect:
        assert totals["estimatedCost"] == (totals["cost"] if expect["estimated"] else 0)
    if "models" in expect:
        assert sorted(used(by_model, "key")) == sorted(expect["models"])
    if "keys" in expect:
        assert used(asked(groupBy="apiKey"), "label") == expect["keys"]
    assert not Organization.objects.filter(public_id="org_none").exists()
