"""prune: old months of the log go, their sums stay, and nothing of them is ever counted again."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import hash_secret
from accounts.workspace_file import WorkspaceError
from analytics.ledger import differences, rebuild, record, reprice, request_log, retention
from analytics.ledger.horizon import horizons
from analytics.ledger.rollup_sql import TABLES
from analytics.models import Freshness, Model, MonthlyUsage, Price, Request
from tests.analytics.ledger.test_record import two_organizations
from tests.analytics.management.test_reconcile import MODELS
from tests.analytics.oracle import computed, logged, stored
from tests.analytics.receipts import receipt
from tests.analytics.test_apps import load
from tests.analytics.test_windows import ZONES as WORLD
from tests.analytics.usage import event, use
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_log")]

AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
KEEP = "90d"  # now is 2026-11-18 12:30: the months to July were over at 2026-08-20 12:30
SECRET = "sk-org-test"
REFUSED = (
    "must not be before 2026-08-01T00:00:00+00:00: older requests are pruned, so a repeat could not be known, "
    'got "2026-07-31T23:59:59.999999+00:00"'
)
LAST_OLD, FIRST_KEPT = "2026-07-31T23:59:59.999999", "2026-08-01T00:00:00"


def summer(*keys) -> list:
    """A request every five hours from June 28 to August 6, of each key in turn, of two models; some without a cost."""
    start = datetime(2026, 6, 28, 0, 20, tzinfo=UTC)
    return [
        event(
            keys[n % len(keys)],
            start + n * timedelta(hours=5),
            model=f"model-{n % 2}",
            cost=None if n % 7 == 0 else n,
            is_error=n % 5 == 0,
        )
        for n in range(190)
    ]


@pytest.fixture
def run(capsys):
    """A command as the shell has it: exit code and lines of standard output."""

    def run(name, *arguments):
        code = 0
        try:
            call_command(name, *arguments)
        except SystemExit as stopped:
            code = stopped.code
        return code, capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
@kept
def events(workspace, empty_log):
    """Acme, in UTC, with a summer's requests."""
    events = summer(workspace.olga_key, workspace.dora_key, workspace.search_key)
    record.record_events(events)
    return events


def months() -> list[str]:
    return [str(month) for month in request_log.months()]


# --- what goes and what stays ---


def test_old_months_go_whole_and_every_sum_stays(workspace, foreign_key, run):
    acme, other = workspace.organization, foreign_key.project.organization
    events = summer(workspace.olga_key, workspace.search_key)
    events += [event(foreign_key, at) for at in ("2026-06-30T23:59:59.999999", "2026-08-02T10:00")]
    record.record_events(events)
    assert months() == ["2026-06", "2026-07", "2026-08"]
    before = stored(acme, other)
    june, july = (sum(one.occurred_at.month == month for one in events) for month in (6, 7))
    assert run("prune", "--keep", KEEP) == (
        0,
        [
            f"2026-06: {june} requests of 2 organizations dropped",
            f"2026-07: {july} requests of 1 organization dropped",
            f"org_acme: {june + july - 1} requests dropped, the log begins at 2026-08-01 00:00 UTC",
            "org_other: 1 request dropped, the log begins at 2026-07-01 00:00 UTC",
            f"2 months, {june + july} requests dropped",
        ],
    )
    assert months() == ["2026-08"]
    assert logged(acme, other) == len(events) - june - july
    assert stored(acme, other) == before == computed(events, acme, other)
    assert horizons([acme.pk, other.pk]) == {acme.pk: AUGUST, other.pk: datetime(2026, 7, 1, tzinfo=UTC)}


def test_a_second_run_finds_nothing_to_drop(events, workspace, run):
    run("prune", "--keep", KEEP)
    before = stored(workspace.organization)
    nothing = "nothing to drop: no month of the log was over at 2026-08-20 12:30 UTC"
    assert run("prune", "--keep", KEEP) == (0, [nothing])
    assert (stored(workspace.organization), months()) == (before, ["2026-08"])


def test_a_dry_run_says_it_and_drops_nothing(events, workspace, run):
    code, said = run("prune", "--keep", KEEP, "--dry-run")
    assert (code, months(), horizons([workspace.organization.pk])) == (0, ["2026-06", "2026-07", "2026-08"], {})
    assert logged(workspace.organization) == len(events)
    assert said[-1].endswith(" requests would be dropped")
    assert run("prune", "--keep", KEEP) == (0, [line.replace("would be ", "") for line in said])


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        ("109d", ["2026-08"]),
        ("157710m", ["2026-08"]),  # back to the first instant of August: the last one of July is older
        ("157711m", ["2026-07", "2026-08"]),
        ("20w", ["2026-07", "2026-08"]),
        ("141d", ["2026-06", "2026-07", "2026-08"]),
    ],
)
def test_only_months_go_whose_every_instant_is_older(keep, left, events, run):
    assert run("prune", "--keep", keep)[0] == 0
    assert months() == left


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ("", "--keep: must be a time such as 90d or 26w, at most 36600d, got ''"),
        ("90", "--keep: must be a time such as 90d or 26w, at most 36600d, got '90'"),
        ("-90d", "--keep: must be a time such as 90d or 26w, at most 36600d, got '-90d'"),
        ("3months", "--keep: must be a time such as 90d or 26w, at most 36600d, got '3months'"),
        ("999999w", "--keep: must be a time such as 90d or 26w, at most 36600d, got '999999w'"),
        ("3m", "--keep: must be at least 2d (m is minutes), for senders may be a day late, got '3m'"),
        ("47h", "--keep: must be at least 2d (m is minutes), for senders may be a day late, got '47h'"),
        ("0d", "--keep: must be at least 2d (m is minutes), for senders may be a day late, got '0d'"),
    ],
)
def test_a_time_to_keep_that_cannot_be_is_refused_in_words(keep, message, events):
    with pytest.raises(CommandError) as refused:
        call_command("prune", f"--keep={keep}")
    assert str(refused.value) == message
    assert len(months()) == 3


# --- what comes afterwards ---


def line(event_id: str, at: str, key="key_olga") -> dict:
    offset = "" if at.endswith("Z") else "Z"
    usage = {"provider": "openai", "model": "gpt-5.5", "input_tokens": 100, "output_tokens": 50}
    return {"id": event_id, "timestamp": at + offset, "api_key": key, **usage}


@pytest.fixture
def pruned(events, workspace, run):
    """Acme's log begins in August; the request "known" is in it. What all events are."""
    workspace.olga_key.secret_hash = hash_secret(SECRET)
    workspace.olga_key.save()
    known = event(workspace.olga_key, FIRST_KEPT, event_id="known", cost=None)
    record.record_events([known])
    run("prune", "--keep", KEEP)
    return [*events, known]


def test_the_door_refuses_what_is_older_and_records_the_rest(pruned, workspace):
    sent = [line("old", LAST_OLD), line("known", FIRST_KEPT), line("new", FIRST_KEPT)]
    answer = Client().post(
        "/usage/events", json.dumps(sent), "application/json", headers={"Authorization": f"Bearer {SECRET}"}
    )
    refused = {"index": 0, "id": "old", "field": "timestamp", "message": REFUSED}
    assert (answer.status_code, answer.json()) == (200, receipt(recorded=1, repeated=1, refused=[refused]))
    new = event(workspace.olga_key, FIRST_KEPT, event_id="new", cost=None)
    assert stored(workspace.organization) == computed([*pruned, new], workspace.organization)
    assert differences.differences(workspace.organization.pk) == []


def test_an_import_refuses_what_is_older_by_its_line_and_records_the_rest(pruned, workspace, tmp_path, capsys):
    path = tmp_path / "usage.jsonl"
    sent = [line("known", FIRST_KEPT), line("old", LAST_OLD), line("new", FIRST_KEPT)]
    path.write_text("\n".join(map(json.dumps, sent)))
    with pytest.raises(SystemExit):
        call_command("import_usage", str(path))
    out, err = capsys.readouterr()
    assert (out, err) == ("recorded 1, repeated 1, refused 1\n", f"line 2: timestamp: {REFUSED}\n")
    assert differences.differences(workspace.organization.pk) == []


def test_the_history_of_an_organization_that_lost_nothing_still_comes_in_and_is_dropped_next_time(
    pruned, workspace, foreign_key, run
):
    other = foreign_key.project.organization
    events = [event(foreign_key, LAST_OLD), event(foreign_key, FIRST_KEPT)]
    assert record.record_events(events) == record.Recorded(2, 0)
    assert months() == ["2026-07", "2026-08"]
    assert stored(other) == computed(events, other)
    assert differences.differences(other.pk) == []
    run("prune", "--keep", KEEP)
    assert horizons([other.pk]) == {other.pk: AUGUST}
    assert stored(workspace.organization, other) == computed(pruned + events, workspace.organization, other)


def test_a_history_planted_at_once_never_meets_a_pruned_log(pruned, workspace):
    with pytest.raises(record.PrunedError):
        rebuild.backfill([event(workspace.olga_key, "2026-08-03T10:00")])
    assert stored(workspace.organization) == computed(pruned, workspace.organization)


def test_a_price_that_comes_later_reaches_what_is_left_and_says_so(pruned, workspace, run):
    Price.objects.create(
        provider="openai", model="model-0", valid_from="2026-01-01", input_usd_per_1m=1, output_usd_per_1m=1
    )
    july = july_of(workspace.organization)
    days = reprice.days(workspace.organization.pk, every=False)
    unpriced = Request.objects.filter(cost=None, model_id=Model.objects.get(name="model-0").pk).count()
    assert (days[0] >= AUGUST.date(), unpriced > 0) == (True, True)
    code, said = run("reprice")
    assert (code, said[-1]) == (0, f"{unpriced} requests priced")
    assert (
        said[0] == "org_acme: the request log is pruned before 2026-08-01 00:00 UTC; what is not priced there stays so"
    )
    assert [line.split(":")[0] for line in said[1:-1]] == ["openai · model-0"]
    assert differences.differences(workspace.organization.pk) == []
    assert july_of(workspace.organization) == july


def july_of(organization) -> list:
    return list(
        MonthlyUsage.objects.filter(organization_id=organization.pk, month="2026-07-01").order_by("pk").values()
    )


# --- rebuilding and comparing ---

# Zone → the first day that the log has whole. Kolkata's is a day later, and its August is partly pruned: there the
# horizon lies in the midst of an hour.
ZONES = {"UTC": "2026-08-01", "America/New_York": "2026-08-01", "Asia/Kolkata": "2026-08-02"}


@pytest.fixture(params=ZONES)
def zoned(request, workspace, foreign_key, run):
    """Acme in each zone, pruned; also with requests on both sides of the horizon in one hour of Kolkata."""
    use(foreign_key, "2026-07-31T10:00")
    workspace.organization.time_zone = request.param
    workspace.organization.save()
    events = summer(workspace.olga_key, workspace.dora_key, workspace.search_key)
    edges = ("2026-07-31T18:45", "2026-07-31T23:45", LAST_OLD, FIRST_KEPT, "2026-08-01T00:15", "2026-08-01T18:15")
    events += [event(workspace.dora_key, at) for at in edges]
    record.record_events(events)
    run("prune", "--keep", KEEP)
    return workspace.organization, request.param, events


PRUNED = "org_acme: the request log is pruned before 2026-08-01 00:00 UTC; checked from {} on"


DAYS = [(), (date(2026, 7, 20), date(2026, 8, 3)), (date(2026, 8, 4), date(2026, 8, 5)), (date(2026, 7, 1),)]


def test_a_rebuild_after_pruning_changes_nothing_that_was_right(zoned):
    organization, _, events = zoned
    right = computed(events, organization)
    for days in DAYS:
        rebuild.rebuild(organization.pk, *days)
        assert stored(organization) == right, days
        assert differences.differences(organization.pk, *days) == [], days


def test_reconcile_says_from_where_on_it_compares(zoned, run):
    _, zone, _ = zoned
    assert run("reconcile", "--organization", "org_acme") == (0, [PRUNED.format(ZONES[zone]), "0 differences"])
    assert run("reconcile", "--organization", "org_acme", "--from", "2026-08-02") == (0, ["0 differences"])
    only_pruned = ("--from", "2026-07-01", "--to", "2026-07-31")
    said = PRUNED.format(ZONES[zone]).replace("checked", "it could be checked")
    assert run("reconcile", "--organization", "org_acme", *only_pruned) == (0, [said, "0 differences"])


def spoil(organization, zone: str) -> None:
    """Every sum that the log cannot say any more; but not those days of which a month is made that it can say."""
    whole = date.fromisoformat(ZONES[zone])
    edge = datetime(whole.year, whole.month, whole.day, tzinfo=ZoneInfo(zone))
    edges = {"hour": edge, "day": whole, "month": whole.replace(day=1)}
    for table in TABLES:
        before = edges["month"] if table.name == "analytics_dailyusage" else edges[table.bucket]
        rows = MODELS[table.name].objects.filter(organization_id=organization.pk)
        assert rows.filter(**{f"{table.bucket}__lt": before}).update(cost=99)


def test_what_is_pruned_is_neither_compared_nor_mended(zoned, run):
    organization, zone, _ = zoned
    spoil(organization, zone)
    before = stored(organization)
    assert run("reconcile", "--repair") == (0, [PRUNED.format(ZONES[zone]), OTHER, "0 differences left"])
    rebuild.rebuild(organization.pk)
    assert stored(organization) == before


OTHER = "org_other: the request log is pruned before 2026-08-01 00:00 UTC; checked from 2026-08-01 on"


def test_a_difference_after_the_horizon_is_found_and_mended_and_what_is_pruned_stays(zoned, run):
    organization, zone, _ = zoned
    spoil(organization, zone)
    right = stored(organization)
    for table in TABLES:
        first = {"hour": "2026-08-02T00:00Z", "day": "2026-08-02", "month": "2026-08-01"}[table.bucket]
        rows = MODELS[table.name].objects.filter(organization_id=organization.pk, **{f"{table.bucket}__gte": first})
        assert rows.update(cost=77)
    code, said = run("reconcile")
    unsaid = [table.label for table in TABLES if f"org_acme: {table.label}," not in "\n".join(said)]
    assert (code, unsaid) == (1, [])
    code, said = run("reconcile", "--repair")
    assert (code, said[-1]) == (0, "0 differences left")
    assert stored(organization) == right


def test_a_month_that_is_partly_pruned_is_its_pruned_days_and_the_log(zoned):
    organization, _, events = zoned
    MonthlyUsage.objects.filter(organization_id=organization.pk, month="2026-08-01").delete()
    assert differences.differences(organization.pk)
    rebuild.rebuild(organization.pk, date(2026, 8, 5), date(2026, 8, 6))
    assert stored(organization) == computed(events, organization)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zones=st.tuples(st.sampled_from(WORLD), st.sampled_from(WORLD)),
    other_zone=st.sampled_from(WORLD),
    steps=st.lists(st.integers(-4000, 4000), min_size=1, max_size=12),
    days=st.tuples(st.integers(-4, 4), st.integers(1, 5)),
)
def test_sums_outlive_any_pruning_rebuild_and_change_of_zone(db, now, zones, other_zone, steps, days):
    # Ten-minute steps around November 1, when New York's clocks change; prune drops October and before.
    organizations, keys = two_organizations(zones)
    november = datetime(2026, 11, 1, tzinfo=UTC)
    events = [event(keys[n % 4], november + step * timedelta(minutes=10)) for n, step in enumerate(steps)]
    record.record_events(events)
    for month in retention.old_months(november):
        retention.drop(month)
    assert stored(*organizations) == computed(events, *organizations)
    first = november.date() + timedelta(days=days[0])
    rebuild.rebuild(organizations[0].pk, first, first + timedelta(days=days[1]))
    assert stored(*organizations) == computed(events, *organizations)
    with suppress(WorkspaceError):
        load(organizations[0], other_zone, now)
    organizations[0].refresh_from_db()
    assert stored(*organizations) == computed(events, *organizations)
    assert not any(differences.differences(organization.pk) for organization in organizations)


def test_a_month_that_ends_twice_is_right_after_its_beginning_is_pruned(workspace):
    # St. John's, 2009: from a minute past midnight clocks went back to October, while the log of October was dropped.
    organization = workspace.organization
    organization.time_zone = "America/St_Johns"
    organization.save()
    start = datetime(2009, 10, 31, 20, tzinfo=UTC)
    events = [event(workspace.olga_key, start + n * timedelta(minutes=11, seconds=7)) for n in range(120)]
    record.record_events(events)
    retention.drop(request_log.months()[0])
    for days in ((), (date(2009, 10, 31), date(2009, 11, 1)), (date(2009, 11, 1), date(2009, 11, 2))):
        rebuild.rebuild(organization.pk, *days)
        assert stored(organization) == computed(events, organization)
    assert differences.differences(organization.pk) == []


def test_the_newest_instant_outlives_a_log_pruned_to_its_end(workspace, run):
    use(workspace.olga_key, LAST_OLD)
    run("prune", "--keep", KEEP)
    assert Request.objects.count() == 0
    before = stored(workspace.organization)
    rebuild.rebuild(workspace.organization.pk)
    assert run("reconcile", "--repair") == (0, [PRUNED.format("2026-08-01"), "0 differences left"])
    assert stored(workspace.organization) == before
    assert Freshness.objects.get().newest_at.isoformat() == "2026-07-31T23:59:59.999999+00:00"
    use(workspace.olga_key, FIRST_KEPT)
    Freshness.objects.update(newest_at="2026-09-01T00:00Z")
    assert run("reconcile")[1][-1] == "1 difference"
    assert run("reconcile", "--repair")[0] == 0
    assert Freshness.objects.get().newest_at == AUGUST
