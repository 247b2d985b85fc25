"""With a guard forgotten, PostgreSQL still shows no row of another organization."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.shortcuts import get_object_or_404
from django.test import Client
from psycopg.errors import InsufficientPrivilege

from accounts import access
from accounts.models import AccessToken, ApiKey, Membership, hash_secret
from analytics import urls
from analytics.ingest import litellm, otlp, usage_events
from analytics.models import Call, Delivery, Horizon, Request
from orgdash import second_lock, sight
from orgdash.second_lock import TABLES
from tests.analytics.conftest import empty_log, foreign_key, workspace  # noqa: F401 - fixtures
from tests.analytics.usage import event, use
from tests.browsers import enter
from tests.kept import kept

pytestmark = pytest.mark.django_db

AT = "2026-11-18T12:00:00Z"
SECRET = "sk-org-" + "a" * 40
COUNTS = dict.fromkeys(
    ("recorded", "updated", "merged", "repeated", "outdated", "ignored", "conflicting", "mended", "refused"), 0
)
# What another organization has and nobody else: names, ids, and the figures of its usage.
THEIRS = ("Foreign key", "Foreign project", "Foreign person", "foreign@other.test", "foreign-model", "777.77", "31,415")
PAGES = [f"/{one.pattern}" for one in urls.urlpatterns if "organization>" in str(one.pattern)]
FIELDS = ("model", "project", "apiKey", "member")


def address(pattern: str, organization: str, project: str, field: str) -> str:
    named = {"organization": organization, "project": project, "field": field}
    for name, value in named.items():
        pattern = pattern.replace(f"<{name}>", value)
    return f"{pattern}?range=30d"


ADDRESSES = sorted({address(page, "org_other", "proj_other", field) for page in PAGES for field in FIELDS})


@pytest.fixture
@kept
def theirs(workspace, foreign_key, now) -> ApiKey:  # noqa: F811
    """Acme and the other organization have used the product, and have a row of everything."""
    project, member = foreign_key.project, foreign_key.created_by
    project.name, member.user.name, member.user.email = "Foreign project", "Foreign person", "foreign@other.test"
    project.save()
    member.user.save()
    workspace.olga_key.set_secret(SECRET)
    workspace.olga_key.save()
    use(workspace.olga_key, AT)
    use(foreign_key, AT, cost="777.77", model="foreign-model", input_tokens=31_415, output_tokens=0)
    for key in (workspace.olga_key, foreign_key):
        whose = {"organization_id": key.project.organization_id}
        ties = {"answer": f"answer-{key.pk}", "span": "", "parent": "", "alike": ""}
        Call.objects.create(**whose, occurred_at=now, ended_at=now, event_id="told", **ties)
        Delivery.objects.create(
            **whose, **COUNTS, answered_at=now, request_id="r", endpoint="/v1/logs", api_key_id=key.pk, named=[]
        )
        Horizon.objects.create(**whose, pruned_before="2020-01-01T00:00:00Z")
        AccessToken.objects.create(**whose, name="Foreign key", scope="analytics:read", token_hash=f"{key.pk:064d}")
    return foreign_key


@pytest.fixture
@kept
def owner_of_acme(olga) -> Client:
    return enter(Client(raise_request_exception=False), olga.user)


@contextmanager
def lock_off() -> Iterator[None]:
    """As on a server whose administrator made no roles: the guards are alone."""
    with connection.cursor() as cursor:
        cursor.execute("REVOKE SELECT ON django_migrations FROM orgdash_server")
    connection._locks = None
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("GRANT SELECT ON django_migrations TO orgdash_server")
        connection._locks = None


def forget_whose(monkeypatch) -> None:
    """Pages whose guard looks for the organization, and not for whether the person belongs to it."""

    def anybodys(user: object, organization: str) -> Membership:
        return get_object_or_404(Membership, organization__public_id=organization, role="owner")

    monkeypatch.setattr(access, "_membership_or_404", anybodys)
    monkeypatch.setattr(access, "_refusal", lambda *given: None)


def let_through(monkeypatch, membership: Membership) -> None:
    """Pages whose guard hands them another organization's membership; what they read then is their own doing."""
    monkeypatch.setattr(access, "_membership_or_404", lambda user, organization: membership)
    monkeypatch.setattr(access, "_refusal", lambda *given: None)


def text_of(response) -> str:
    return b"".join(response).decode() if response.streaming else response.content.decode()


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_page_that_forgets_whose_it_is_finds_no_other_organization(url, theirs, owner_of_acme, monkeypatch):
    forget_whose(monkeypatch)
    response = owner_of_acme.get(url)
    assert response.status_code == 404
    assert [word for word in (*THEIRS, "Other") if word in text_of(response)] == []


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_page_that_is_let_through_shows_nothing_of_another_organization(url, theirs, owner_of_acme, monkeypatch):
    let_through(monkeypatch, Membership.objects.select_related("organization").get(pk=theirs.created_by_id))
    assert [word for word in THEIRS if word in text_of(owner_of_acme.get(url))] == []


def test_without_the_second_lock_such_pages_would_show_it(theirs, owner_of_acme, monkeypatch):
    """What the tests above look for is there to be found."""
    forget_whose(monkeypatch)
    with lock_off():
        shown = "".join(text_of(owner_of_acme.get(url)) for url in ADDRESSES)
    assert [word for word in THEIRS if word not in shown] == ["foreign@other.test"]


ASKED = ["", "&project=proj_other", "&apiKey=key_other", "&member=mem_other", "&model=foreign-model"]


@pytest.mark.parametrize("more", ASKED)
@pytest.mark.parametrize("organization", ["org_other", "org_acme"])
def test_the_json_says_nothing_of_another_organization(organization, more, theirs, owner_of_acme, monkeypatch):
    rights = access._Rights(theirs.project.organization, True, "user:1")
    monkeypatch.setattr(access, "_member_rights", lambda user, asked: rights)
    said = text_of(owner_of_acme.get(f"/analytics/activity?organizationId={organization}&range=30d&top=50{more}"))
    assert [word for word in THEIRS if word in said and word not in more] == []


EVENT = {"timestamp": AT, "provider": "openai", "model": "gpt-5.5", "input_tokens": 1, "output_tokens": 1}
CALL = {"id": "new", "call_type": "acompletion", "status": "success", "custom_llm_provider": "openai"}
CALL |= {"model": "gpt-5.5", "startTime": 1763467200.0, "endTime": 1763467200.0}
CALL |= {"prompt_tokens": 1, "completion_tokens": 1, "response_cost": 0.1}
DOORS = [
    (usage_events, "authorize_sender", "/usage/events", {"id": "new", **EVENT, "api_key": "key_other"}),
    (litellm, "authorize_gateway", "/usage/litellm", [CALL]),
    (otlp, "authorize_gateway", "/v1/traces", {"resourceSpans": []}),
]


def send_mistaken(monkeypatch, theirs: ApiKey, module: ModuleType, guard: str, door: str, sent: object) -> str:
    """The secret is Acme's, and the guard answers with the other organization's key."""
    real = getattr(module, guard)

    def mistaken(*given: object) -> ApiKey:
        real(*given)
        return theirs

    monkeypatch.setattr(module, guard, mistaken)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {SECRET}"})
    return text_of(client.post(door, json.dumps(sent), content_type="application/json"))


def rows_of(key: ApiKey) -> tuple[int, int]:
    whose = {"organization_id": key.project.organization_id}
    return Request.objects.filter(**whose).count(), Delivery.objects.filter(**whose).count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("module", "guard", "door", "sent"), DOORS, ids=[door for *_, door, _ in DOORS])
def test_a_door_that_takes_a_key_for_anothers_writes_nothing_there(module, guard, door, sent, theirs, monkeypatch):
    before = rows_of(theirs)
    said = send_mistaken(monkeypatch, theirs, module, guard, door, sent)
    assert [word for word in THEIRS if word in said] == []
    assert rows_of(theirs) == before


def test_without_the_second_lock_it_would(theirs, monkeypatch):
    requests, deliveries = rows_of(theirs)
    with lock_off():
        for module, guard, door, sent in DOORS:
            send_mistaken(monkeypatch, theirs, module, guard, door, sent)
    assert rows_of(theirs) == (requests + 2, deliveries + 3)


def test_an_event_that_names_anothers_key_is_refused_though_nobody_looks(theirs, monkeypatch):
    monkeypatch.setattr(usage_events, "_of", lambda one, key: usage_events.Sent(one["id"], one))
    client = Client(headers={"Authorization": f"Bearer {SECRET}"})
    said = client.post("/usage/events", json.dumps(DOORS[0][3]), content_type="application/json")
    assert "there is no such API key" in text_of(said)


def counted(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


RULED = [name for name, table in TABLES.items() if table.rules]


@pytest.mark.parametrize("table", RULED)
def test_of_each_table_a_request_sees_its_own_organizations_rows_alone(table, theirs, olga):
    all_rows = counted(table)
    sight.begin()
    nobodys = counted(table)
    sight.show(person=olga.user_id)
    olgas = counted(table)
    sight.show(person=theirs.created_by.user_id)
    others = counted(table)
    sight.end()
    assert (nobodys, olgas + others) == (0, all_rows)
    assert olgas
    assert others


@pytest.mark.parametrize("secret_hash", [hash_secret(SECRET), "0" * 64, ""])
def test_a_secret_opens_one_organization_unless_it_is_revoked(secret_hash, theirs, now):
    AccessToken.objects.filter(organization=theirs.project.organization).update(token_hash="0" * 64, revoked_at=now)
    sight.begin()
    sight.show(secret_hash=secret_hash)
    seen = set(Request.objects.values_list("organization_id", flat=True))
    sight.end()
    assert len(seen) == (secret_hash == hash_secret(SECRET))


def test_of_several_organizations_usage_is_of_the_one_that_was_asked_for(theirs, olga):
    Membership.objects.create(organization=theirs.project.organization, user=olga.user, role="developer")
    sight.begin()
    sight.show(person=olga.user_id)
    seen = [counted("accounts_organization"), counted("analytics_dailyusage")]
    sight.show_organization(theirs.project.organization_id)
    seen.append(set(Request.objects.values_list("organization_id", flat=True)))
    sight.show_organization(10**9)
    seen.append(counted("analytics_dailyusage"))
    sight.end()
    assert seen == [2, 0, {theirs.project.organization_id}, 0]


def test_what_a_transaction_was_told_does_not_outlive_it(theirs, olga):
    sight.begin()
    undone = transaction.atomic()
    undone.__enter__()
    sight.show(person=olga.user_id)
    assert counted("accounts_membership")
    undone.__exit__(IntegrityError, IntegrityError(), None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('orgdash.organizations')")
        told = cursor.fetchone()
    sight.begin()
    seen = counted("accounts_membership")
    sight.end()
    assert (told, seen, counted("accounts_organization")) == ((f"{{{olga.organization_id}}}",), 0, 2)


NOT_ALLOWED = {
    "a table": "CREATE TABLE more (a int)",
    "a right": "UPDATE accounts_user SET is_superuser = true",
    "another's plan": "UPDATE accounts_organization SET plan = 'enterprise'",
    "a member": "INSERT INTO accounts_membership (role) VALUES ('owner')",
    "the log": "DELETE FROM analytics_request",
    "a month": "SELECT * FROM analytics_request_2026_11",
    "what the staff did": "SELECT * FROM django_admin_log",
    "the rules": "ALTER TABLE analytics_request DISABLE ROW LEVEL SECURITY",
}


@pytest.mark.parametrize("statement", NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_the_server_may_do_no_more_than_it_does(statement, theirs, olga):
    sight.begin()
    sight.show(person=olga.user_id)
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    sight.end()
    assert isinstance(refused.value.__cause__, InsufficientPrivilege)


@pytest.mark.usefixtures("empty_log")
def test_the_server_makes_a_month_of_the_log_by_the_owners_function(workspace):  # noqa: F811
    workspace.olga_key.set_secret(SECRET)
    workspace.olga_key.save()
    client = Client(headers={"Authorization": f"Bearer {SECRET}"})
    client.post("/usage/events", json.dumps({"id": "first", **EVENT}), content_type="application/json")
    assert Request.objects.get().event_id == "first"


LISTED = """
SELECT relname::text, EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'organization_id')
    OR EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f' AND confrelid = ANY (ARRAY[
        'accounts_organization', 'accounts_membership', 'accounts_project', 'accounts_apikey', 'accounts_accesstoken'
    ]::regclass[])),
    relrowsecurity AND EXISTS (SELECT FROM pg_policies WHERE tablename = relname AND 'orgdash_server' = ANY (roles))
FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = current_schema()::regnamespace"""


def test_every_table_is_listed_and_those_of_an_organization_have_rules():
    """A new table goes into TABLES of orgdash/second_lock.py, and into the list of docs/operations.md."""
    with connection.cursor() as cursor:
        cursor.execute(LISTED)
        found = cursor.fetchall()
    assert {name for name, _owned, _ruled in found} == set(TABLES)
    assert [name for name, owned, ruled in found if owned and not ruled] == []
    assert {name for name, _owned, ruled in found if ruled} == set(RULED)


def test_usage_is_read_through_the_same_index_and_nothing_is_compared_for_each_row(theirs, olga):
    sight.begin()
    sight.show(person=olga.user_id)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT sum(cost) FROM analytics_dailyusage WHERE organization_id = %s AND dimension = 0"
            " AND day >= '2026-11-01'::date",
            [olga.organization_id],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    sight.end()
    assert "One-Time Filter" in plan
    assert f"Index Cond: ((organization_id = {olga.organization_id}) AND (dimension = 0) AND (day >=" in plan


def test_the_probe_says_whether_the_lock_is_on(client):
    assert client.get("/readyz").json() == {"status": "ok", "secondLock": "on"}
    with lock_off():
        assert client.get("/readyz").json() == {"status": "ok", "secondLock": second_lock.WHY_OFF}


def test_who_may_make_no_roles_is_told_so_and_goes_on(theirs):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain; SET SESSION AUTHORIZATION plain")
        installed = second_lock.install(cursor)
        cursor.execute("RESET SESSION AUTHORIZATION; DROP ROLE plain")
    assert installed is False


def test_to_migrate_again_makes_no_rule_anew():
    def rules() -> list[tuple[int]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid FROM pg_policy ORDER BY oid")
            return cursor.fetchall()

    before = rules()
    with connection.cursor() as cursor:
        assert second_lock.install(cursor)
    assert before
    assert rules() == before


def test_what_a_command_reads_is_everything(theirs, olga):
    sight.show(person=olga.user_id)
    assert (sight.current(), counted("accounts_organization")) == (sight.OWNER, 2)
    assert event(theirs, AT).organization_id == theirs.project.organization_id
