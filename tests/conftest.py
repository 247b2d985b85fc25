"""The fixed clock and the fixed cast: olga (owner), adam (admin), dora (developer) of Acme, and stan (a stranger)."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings

from accounts import strangers
from accounts.models import Membership, Organization, User
from analytics.ledger import request_log
from orgdash import sight
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.kept import forget, kept, pytest_fixture_setup  # noqa: F401 - the hook is pytest's

collect_ignore = ["forking.py"]  # a program: to look for doctests in it would import what warns
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)  # a Wednesday
# Each test would make the month it writes to and undo it, for 10 ms. `empty_log` is the log without any.
MOST_USED = [datetime(2026, month, 1, tzinfo=UTC) for month in (6, 10, 11)]


CLIENTS = ("anthropic", "httpx", "litellm", "openai", "opentelemetry.sdk", "schemathesis")


class WithoutClients(pytest.Directory):
    """tests/clients where the clients are not installed: skipped, and said which are missing."""

    def collect(self) -> list[pytest.Item]:
        pytest.skip(f"tests/clients: {', '.join(missing_clients())} not installed; `make test` installs all clients")


def missing_clients() -> list[str]:
    def there(name: str) -> bool:
        try:
            return find_spec(name) is not None
        except ModuleNotFoundError:
            return False  # what it is a part of is not there

    return [name for name in CLIENTS if not there(name)]


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if path.name == "clients" and missing_clients():
        return WithoutClients.from_parent(parent, path=path)
    return None


# The first of the browser fills the demo, which the others copy: meanwhile the second process has tests without it.
LONGEST = (
    "test_faults.py",
    "browser/test_accessibility.py",
    "clients/",
    "browser/test_picker.py",
    "browser/test_layout.py",
    "orgdash/embedded/",
    "browser/",
    "test_two_programs.py",
    "dashboard/test_views.py",
    "test_reader.py",
    "test_server.py",
    "test_settings.py",
    "test_strangers.py",
    "test_exact.py",
    "test_traces.py",
    "test_record_calls.py",
    "test_cases.py",
    "dashboard/test_table.py",
    "test_record_concurrency.py",
    "test_retention.py",
    "test_access.py",
    "test_migrate.py",
    "test_manage.py",
    "test_serve.py",
    "test_turns.py",
    "test_makefile.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that the processes, which share the tests by files, end together."""
    items.sort(key=lambda item: next((n for n, name in enumerate(LONGEST) if name in str(item.path)), len(LONGEST)))


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: the collector need not look through them each time, nor so often."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 10)


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """What nobody holds any more is collected once, so that pytest, which does it ten times, finds nothing to do."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test measured (record_property "said") is printed, though it passed and whichever process ran it."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    for text in (value for report in reports for name, value in report.user_properties if name == "said"):
        terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The tests' database is quick to commit, has the log's months that most tests use, and can be dropped at the end.

    While Playwright's event loop runs, the main thread has another connection than before and after: nobody closes it.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # For whoever connects from now on: a commit does not wait for the disk. What a crash would lose, nobody misses.
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        cursor.execute("SET synchronous_commit = off")
        request_log.make_partitions(MOST_USED)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        forget()
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Of one test are what a request saw that never ended, because the test caught its exception, and what a process
    remembers of addresses and of who signed in.
    """
    sight.end()
    strangers._closed.clear()
    strangers._known.clear()


@pytest.fixture(scope="session", autouse=True)
def _django_isolate_apps() -> None:
    """Like the next, one of pytest-django's, for what no test here uses: together a fifth of an empty test."""


@pytest.fixture(scope="session", autouse=True)
def _django_set_urlconf() -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _django_clear_site_cache() -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _dj_autoclear_mailbox() -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _template_string_if_invalid_marker() -> None: ...


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session", autouse=True)
def _settings_of_tests() -> Iterator[None]:
    """The fixed clock, and nothing slow that no test here is about."""
    with override_settings(
        ORGDASH_NOW=NOW,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        # A static file is looked for when it is asked for: each test client would list all of them, near two thousand.
        WHITENOISE_AUTOREFRESH=True,
    ):
        yield


@pytest.fixture
@kept
def acme(db) -> Organization:
    return OrganizationFactory(public_id="org_acme", name="Acme")


def _member(organization: Organization, name: str, role: str) -> Membership:
    user = UserFactory(name=f"{name.title()} {role.title()}", email=f"{name}@acme.test")
    return MembershipFactory(public_id=f"mem_{name}", organization=organization, user=user, role=role)


@pytest.fixture
@kept
def olga(acme) -> Membership:
    return _member(acme, "olga", "owner")


@pytest.fixture
@kept
def adam(acme) -> Membership:
    return _member(acme, "adam", "admin")


@pytest.fixture
@kept
def dora(acme) -> Membership:
    return _member(acme, "dora", "developer")


@pytest.fixture
@kept
def stan(db) -> User:
    """Signed up, and owner of another organization; nothing to Acme."""
    other = OrganizationFactory(public_id="org_stan", name="Stan's")
    return MembershipFactory(organization=other, role="owner", user=UserFactory(email="stan@other.test")).user
