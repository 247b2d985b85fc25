"""Who has an answer gets a 304 while nothing changed, without a statement on the sums; after any change never."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import leaving
from accounts.models import Membership
from analytics.ledger import rebuild, record, reprice
from analytics.models import ModelAlias, Price
from tests.analytics.usage import event, use
from tests.browsers import enter
from tests.kept import kept

pytestmark = pytest.mark.django_db
PAGE = "/organizations/org_acme/analytics/"
JSON = "/analytics/activity?organizationId=org_acme&"
DAYS = "from=2026-11-10&to=2026-11-17"
ENDED, LEFT = (datetime.fromisoformat(text) for text in ("2026-11-17T09:00:30Z", "2026-11-18T00:00:00Z"))
VIEWS = {
    "page": f"{PAGE}?{DAYS}&groupBy=project",
    "page of today": f"{PAGE}?range=7d&groupBy=apiKey",
    "page by key": f"{PAGE}?{DAYS}&groupBy=apiKey",
    "page of a model": f"{PAGE}?{DAYS}&model=gpt-5.5",
    "own usage": f"/organizations/org_acme/usage/?{DAYS}",
    "project": f"/organizations/org_acme/projects/proj_chat/analytics/?{DAYS}",
    "rows": f"{JSON}{DAYS}&groupBy=project&top=3",
    "every row": f"{JSON}range=7d&groupBy=user",
    "columns": f"{JSON}{DAYS}&top=3&shape=columns",
}


class Browser:
    """Somebody who asks for one address again and again, with the tag of what came last."""

    def __init__(self, member: Membership, path: str, **headers: str) -> None:
        self.client, self.path, self.headers, self.tag = Client(), path, headers, ""
        enter(self.client, member.user)
        self.ask()  # which gives the cookies that later ones have

    def ask(self) -> int:
        conditions = {"If-None-Match": self.tag} if self.tag else {}
        response = self.client.get(self.path, headers=self.headers | conditions)
        self.tag = response.get("ETag", "")
        self.cached = response.get("Cache-Control")
        return response.status_code


@pytest.fixture
@kept
def used(workspace, now):
    told = event(
        workspace.olga_key,
        "2026-11-17T09:00",
        response_id="msg-1",
        ended_at=datetime.fromisoformat("2026-11-17T09:00:30Z"),
    )
    record.record_events([told, event(workspace.dora_key, "2026-11-17T10:00", cost=None, model="house-1")])
    return workspace


@pytest.mark.parametrize("view", VIEWS)
def test_the_same_again_is_a_304_without_a_statement_on_the_sums(view, used, olga):
    browser = Browser(olga, VIEWS[view])
    browser.ask()
    assert browser.tag
    with CaptureQueriesContext(connection) as asked:
        assert browser.ask() == 304
    sums = ("usage", "detail", "analytics_request")
    assert [one["sql"] for one in asked if any(f"analytics_{table}" in one["sql"] for table in sums)] == []
    assert [one["sql"] for one in asked if "usage" in one["sql"] and "analytics" in one["sql"]] == []
    assert set(browser.cached.split(", ")) == {"private", "no-cache"}


def _again(used):
    known = event(used.olga_key, "2026-11-17T09:00", response_id="msg-1", event_id="told-again")
    record.record_events([known])


@transaction.atomic
def _price(model):
    first = {"valid_from": "2026-01-01", "input_usd_per_1m": 1, "output_usd_per_1m": 1}
    Price.objects.create(provider="openai", model=model, **first)


def _priced(used):
    _price("house-1")
    reprice.reprice(used.organization.pk, date(2026, 11, 17))


@transaction.atomic
def _alias(_used):
    ModelAlias.objects.create(provider="openai", name="house-1", canonical="gpt-5.5")


def _changed(row, **fields):
    """In a transaction of its own, as each change is outside of tests."""
    with transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(**fields)


CHANGES = {
    "an event": lambda used: use(used.olga_key, "2026-11-16T10:00"),
    "an event of long ago": lambda used: use(used.olga_key, "2025-01-01T10:00"),
    "a revision": lambda used: use(used.olga_key, "2026-11-16T10:00", event_id="one", revision=1, cost=Decimal(5)),
    "another telling of a call": _again,
    "a rebuild": lambda used: rebuild.rebuild(used.organization.pk),
    "a price for what had none": _priced,
    "a price in the book": lambda _used: _price("x"),
    "an alias": _alias,
    "another zone": lambda used: _rezoned(used.organization),
    "a project's name": lambda used: _changed(used.chat, name="Bots"),
    "an archived project": lambda used: _changed(used.chat, status="archived"),
    "a key's description": lambda used: _changed(used.olga_key, description="Other"),
    "a revoked key": lambda used: _changed(used.olga_key, revoked_at=LEFT),
    "a person's name": lambda used: _changed(used.dora_key.created_by.user, name="Dorothea"),
    "a member who leaves": lambda used: leaving.remove(
        Membership.objects.filter(pk=used.dora_key.created_by_id),
        LEFT,
        revoke=True,
    ),
    "the organization's name": lambda used: _changed(used.organization, name="Acme Inc."),
}


@transaction.atomic
def _rezoned(organization):
    organization.time_zone = "Asia/Tokyo"
    organization.save()


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_the_answer_is_a_new_one(change, used, olga):
    record.record_events([event(used.olga_key, "2026-11-16T10:00", event_id="one")])
    views = [Browser(olga, VIEWS[view]) for view in ("page of today", "rows")]
    assert [(view.ask(), view.ask())[1] for view in views] == [304, 304]
    CHANGES[change](used)
    assert [(view.ask(), view.ask()) for view in views] == [(200, 304), (200, 304)]


def test_what_adds_nothing_changes_nothing(used, olga):
    told = event(used.olga_key, "2026-11-16T10:00", event_id="one")
    record.record_events([told])
    browser = Browser(olga, VIEWS["rows"])
    browser.ask()
    record.record_events([told])
    assert browser.ask() == 304


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"role": "developer"}, 403), ({"removed_at": LEFT}, 404)],
)
def test_who_may_not_see_it_any_more_is_told_so(fields, status, used, adam):
    browser = Browser(adam, VIEWS["page"])
    browser.ask()
    _changed(adam, **fields)
    assert browser.ask() == status


def test_another_plan_is_another_answer(used, olga):
    browsers = [Browser(olga, VIEWS[view]) for view in ("page", "rows")]
    assert [(browser.ask(), browser.ask())[1] for browser in browsers] == [304, 304]
    _changed(used.organization, plan="pro")
    assert [browser.ask() for browser in browsers] == [200, 403]
    assert [browser.tag for browser in browsers] == ["", ""]


@pytest.mark.parametrize(
    ("view", "later", "status"),
    [
        ("page", timedelta(minutes=10), 304),  # its newest event is more than a day old
        ("page", timedelta(hours=13), 200),  # tomorrow
        ("page by key", timedelta(minutes=1), 200),  # it tells when a key was used last
        ("page of today", timedelta(seconds=10), 304),
        ("page of today", timedelta(minutes=1), 200),  # it tells the time
        ("every row", timedelta(minutes=20), 304),
        ("every row", timedelta(minutes=40), 200),  # another hour
        ("rows", timedelta(hours=3), 304),
    ],
)
def test_time_that_passes_is_seen(view, later, status, used, olga, now, settings):
    browser = Browser(olga, VIEWS[view])
    browser.ask()
    settings.ORGDASH_NOW = now + later
    assert browser.ask() == status


def test_a_part_of_a_page_is_not_the_page(used, olga):
    page = Browser(olga, VIEWS["page"])
    assert (page.ask(), page.ask())[1] == 304
    page.headers = {"HX-Request": "true"}
    assert page.ask() == 200


def test_the_view_looked_at_last_is_remembered_also_by_who_has_it_already(used, olga):
    browser = Browser(olga, f"{PAGE}?range=30d&groupBy=user")
    browser.ask()
    browser.client.get(f"{PAGE}?range=7d&groupBy=project")
    assert browser.ask() == 304
    assert browser.client.get(PAGE).url == f"{PAGE}?range=30d&groupBy=user"


def test_before_the_first_event_nothing_is_kept(workspace, olga):
    browser = Browser(olga, VIEWS["page"])
    assert (browser.ask(), browser.tag) == (200, "")
