"""The second lock: PostgreSQL itself shows a request the rows of its own organizations alone (row-level security).

The guards decide who sees what; this is for the day one of them is forgotten. Here stands what each table lets the
server's role do, and which of its rows it shows. `migrate` brings a database to that state each time; nothing here is a
migration, for roles belong to a whole PostgreSQL and are in no back-up of one database.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.db import ProgrammingError, transaction
from psycopg.errors import InsufficientPrivilege

from orgdash.sight import MAKE_ROLE, SERVER, STAFF

_ORGANIZATION = "(SELECT nullif(current_setting('orgdash.organization', true), '')::bigint)"
_ORGANIZATIONS = "(SELECT nullif(current_setting('orgdash.organizations', true), '')::bigint[])"
_PERSON = "(SELECT nullif(current_setting('orgdash.person', true), '')::bigint)"
_EMAIL = "(SELECT nullif(current_setting('orgdash.email', true), ''))"
# Usage is asked for of one organization, and then is as quick to read as before: the two numbers are compared once for
# a statement, and not for each row. People and keys are few, and a page shows all organizations of a person.
_USAGE = f"organization_id = {_ORGANIZATION}"
_MINE = f"organization_id = ANY ({_ORGANIZATIONS}::bigint[])"
_SELF = f"id = {_PERSON} OR email = {_EMAIL}"
_READ, _WRITE = "SELECT", "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the server's role may do, and of which rows, by command; without rules of all rows: no organization's."""

    grants: str
    rules: dict[str, str] = field(default_factory=dict)


def _usage(grants: str = _WRITE) -> Rights:
    return Rights(grants, {"ALL": _USAGE})


# Each table of the database but the log's months, which the server reaches through the log alone. What the server may
# not touch at all has no grants; the staff's role may do everything with everything.
TABLES = {
    "accounts_organization": Rights(
        # FOR UPDATE, which is how keys are made one at a time, needs the right to change something: it is what nobody
        # changes.
        "SELECT, UPDATE (id)",
        {"ALL": f"id = ANY ({_ORGANIZATIONS}::bigint[])"},
    ),
    "accounts_membership": Rights(_READ, {"ALL": _MINE}),
    "accounts_project": Rights("SELECT, INSERT", {"ALL": _MINE}),
    "accounts_apikey": Rights(
        "SELECT, INSERT, UPDATE (last_used_at)",
        {"ALL": "EXISTS (SELECT FROM accounts_project p WHERE p.id = project_id)"},
    ),
    "accounts_accesstoken": Rights("SELECT, UPDATE (last_used_at)", {"ALL": _MINE}),
    "accounts_user": Rights(
        "SELECT, UPDATE (password, last_login)",
        {
            "SELECT": f"{_SELF} OR EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = accounts_user.id)",
            "UPDATE": _SELF,
        },
    ),
    "analytics_request": _usage("SELECT, INSERT, UPDATE"),
    "analytics_call": _usage(),
    "analytics_delivery": _usage(),
    "analytics_freshness": _usage(),
    "analytics_horizon": _usage(_READ),
    "analytics_hourlyusage": _usage(),
    "analytics_dailyusage": _usage(),
    "analytics_monthlyusage": _usage(),
    "analytics_hourlydetail": _usage(),
    "analytics_dailydetail": _usage(),
    # Of no organization.
    "analytics_model": Rights("SELECT, INSERT"),
    "analytics_modelalias": Rights(_READ),
    "analytics_price": Rights(_READ),
    "accounts_ratewindow": Rights(_WRITE),
    "accounts_user_groups": Rights(_READ),
    "accounts_user_user_permissions": Rights(_READ),
    "auth_group": Rights(_READ),
    "auth_group_permissions": Rights(_READ),
    "auth_permission": Rights(_READ),
    "axes_accessattempt": Rights(_WRITE),
    "axes_accessattemptexpiration": Rights(_WRITE),
    "axes_accessfailurelog": Rights(_WRITE),
    "axes_accesslog": Rights(_WRITE),
    "django_admin_log": Rights(""),
    "django_content_type": Rights(_READ),
    "django_session": Rights(_WRITE),
    "django_migrations": Rights(_READ),  # the last: it says that all others are done
}

IS_ON = f"""
SELECT count(*) = 2 FROM pg_roles WHERE rolname IN ('{SERVER}', '{STAFF}') AND pg_has_role(session_user, oid, %(kind)s)
AND has_table_privilege(oid, to_regclass('django_migrations'), 'SELECT')"""
WHY_OFF = (
    'The second lock is off: guards alone keep organizations apart. docs/operations.md, "The second lock", says what'
    " PostgreSQL's administrator runs once; then run migrate."
)
# In plpgsql, which keeps its plans. With the owner's rights, for whoever asks may not see the rows yet; and with a path
# on which nobody can put a table of theirs before ours.
_WHOSE = """
CREATE OR REPLACE FUNCTION orgdash_organizations(person bigint, secret text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE found bigint[] := '{{}}';
BEGIN
    IF person IS NOT NULL THEN
        found := ARRAY(SELECT organization_id FROM accounts_membership WHERE user_id = person AND removed_at IS NULL);
    END IF;
    IF secret <> '' THEN
        found := found
            || ARRAY(SELECT organization_id FROM accounts_accesstoken WHERE token_hash = secret AND revoked_at IS NULL)
            || ARRAY(SELECT p.organization_id FROM accounts_apikey k JOIN accounts_project p ON p.id = k.project_id
                WHERE k.secret_hash = secret AND k.revoked_at IS NULL);
    END IF;
    RETURN found;
END $$"""
_FUNCTIONS = ("orgdash_organizations(bigint, text)", "orgdash_make_month(date)")


def install(cursor: Any) -> bool:
    """Roles, rules and rights as they stand above. False where this user of PostgreSQL may make no roles.

    Rules that are so already are left alone. Outside of transactions, so that a table is locked for a moment and one
    at a time.
    """
    try:
        with transaction.atomic(using=cursor.db.alias):
            _roles(cursor)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        return False
    (schema,) = _row(cursor, "SELECT quote_ident(current_schema())")
    cursor.execute(f"{_WHOSE.format(schema=schema)}; GRANT USAGE ON SCHEMA {schema} TO {SERVER}, {STAFF}")
    for function in _FUNCTIONS:
        if _row(cursor, "SELECT to_regprocedure(%s) IS NOT NULL", function)[0]:
            cursor.execute(
                f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC;"
                f" GRANT EXECUTE ON FUNCTION {function} TO {SERVER}, {STAFF}"
            )
    for name, rights in TABLES.items():
        if _row(cursor, "SELECT to_regclass(%s) IS NOT NULL", name)[0]:
            _rule(cursor, name, rights)
            allowed = f"GRANT {rights.grants} ON {name} TO {SERVER}" if rights.grants else ""
            # One text is one transaction: there is no moment without rights.
            cursor.execute(f"REVOKE ALL ON {name} FROM {SERVER}; GRANT ALL ON {name} TO {STAFF}; {allowed}")
    return True


def _row(cursor: Any, statement: str, *values: object) -> tuple[Any, ...]:
    cursor.execute(statement, values)
    return cursor.fetchone() or ()


def _roles(cursor: Any) -> None:
    kind = "SET" if cursor.connection.info.server_version >= 160_000 else "MEMBER"
    for role in (SERVER, STAFF):
        if not _row(cursor, "SELECT FROM pg_roles WHERE rolname = %s", role):
            cursor.execute(MAKE_ROLE.format(role=role))
        if not _row(cursor, "SELECT pg_has_role(session_user, %s, %s)", role, kind)[0]:
            cursor.execute(f"GRANT {role} TO SESSION_USER")


def _rule(cursor: Any, name: str, rights: Rights) -> None:
    """The rules of a table, told apart from older ones by a comment: to make them locks the table."""
    if not rights.rules:
        return
    made_of = hashlib.sha256(repr(rights.rules).encode()).hexdigest()
    found = "SELECT obj_description(oid, 'pg_policy') FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s"
    if _row(cursor, found, name, STAFF) == (made_of,):
        return
    rules = [(f"{SERVER}_{command.lower()}", command, SERVER, rule) for command, rule in rights.rules.items()]
    statements = [f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"]
    for policy, command, role, rule in [*rules, (STAFF, "ALL", STAFF, "true")]:
        statements.append(f"DROP POLICY IF EXISTS {policy} ON {name}")
        statements.append(f"CREATE POLICY {policy} ON {name} FOR {command} TO {role} USING ({rule})")
    cursor.execute("; ".join([*statements, f"COMMENT ON POLICY {STAFF} ON {name} IS '{made_of}'"]))
