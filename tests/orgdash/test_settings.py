"""The environment: every variable documented, a bad value refuses to start, in words."""

import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files

import pytest

from tests.forked import run
from tests.servers import ROOT

pytestmark = pytest.mark.slow

CLEAN = {"PATH": os.environ["PATH"], "SECRET_KEY": "k" * 50, "ORGDASH_DATA_DIR": "no such folder"}


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py diffsettings` in an environment; it reads the settings and needs no database."""
    return run("manage.py", "diffsettings", environment=CLEAN | environment)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "at least 32 characters"),
        ({"DEBUG": "yes"}, 'DEBUG must be 1 or 0, not "yes"'),
        ({"HTTPS": "true"}, 'HTTPS must be 1 or 0, not "true"'),
        ({"RATE_LIMIT": "many"}, 'RATE_LIMIT must be a whole number from 1 (JSON requests a minute), not "many"'),
        ({"RATE_LIMIT": "0"}, 'not "0"'),
        ({"ADDRESS_RATE_LIMIT": "-1"}, "ADDRESS_RATE_LIMIT must be a whole number from 1"),
        ({"QUOTA_EVENTS": "1e6"}, 'QUOTA_EVENTS must be a whole number from 1 (events a minute), not "1e6"'),
        ({"QUOTA_NEW_MODELS": "no"}, "QUOTA_NEW_MODELS must be a whole number from 1 (new models a day)"),
        ({"QUOTA_NEW_KEYS": "²"}, "QUOTA_NEW_KEYS must be"),
        ({"QUOTA_NEW_PROJECTS": "0"}, "QUOTA_NEW_PROJECTS must be"),
        ({"QUOTA_MONTHS": "9" * 20}, "QUOTA_MONTHS must be"),
        ({"WORKER_MEMORY": "1 GB"}, 'WORKER_MEMORY must be megabytes from 100, or 0 for no limit, not "1 GB"'),
        ({"WORKER_MEMORY": "99"}, 'not "99"'),
        ({"SECRET_KEY_FALLBACKS": "old"}, "SECRET_KEY_FALLBACKS takes earlier secret keys"),
        ({"HSTS_PRELOAD": "on"}, 'HSTS_PRELOAD must be 1 or 0, not "on"'),
        ({"TRUSTED_PROXIES": "proxy"}, "TRUSTED_PROXIES takes addresses and networks"),
        ({"LOG_FORMAT": "xml"}, 'LOG_FORMAT must be plain or json, not "xml"'),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN must have at least 32 characters"),
        ({"SERVES": "page"}, 'SERVES must be all, pages or doors, not "page"'),
        ({"CATALOGUE": "off"}, 'CATALOGUE must be 1 or 0, not "off"'),
        ({"DATABASE_URL": "sqlite:///x.db"}, 'DATABASE_URL must begin with postgresql://, not "sqlite://"'),
        ({"DATABASE_URL": "postgresql://localhost:port/x"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://u:pa[ss@host/db"}, "DATABASE_URL cannot be read"),
        ({"ALLOWED_HOSTS": "https://x"}, 'ALLOWED_HOSTS takes host names (orgdash.example.com), not "https://x"'),
        ({"ALLOWED_HOSTS": "a.example,b.example:8000"}, 'not "b.example:8000"'),
        ({"ALLOWED_HOSTS": "a.example/"}, 'not "a.example/"'),
        ({"ORGDASH_NOW": "2026-11-22T14:20:00Z"}, "needs DEBUG=1"),
        ({"ORGDASH_NOW": "20260101T000000Z", "DEBUG": "1"}, "must be RFC 3339 with an offset"),
        ({"ORGDASH_NOW": "2026-W03-1T00:00:00+00:00", "DEBUG": "1"}, 'not "2026-W03-1T00:00:00+00:00"'),
        ({"ORGDASH_NOW": "2026-02-30T00:00:00Z", "DEBUG": "1"}, 'not "2026-02-30T00:00:00Z"'),
        ({"ORGDASH_NOW": "yesterday", "DEBUG": "1"}, 'not "yesterday"'),
        ({"ORGDASH_NOW": "2026-11-22T14:20:00", "DEBUG": "1"}, "with an offset"),
        (
            {"CSRF_TRUSTED_ORIGINS": "example.com"},
            'CSRF_TRUSTED_ORIGINS takes origins (https://example.com), not "example.com"',
        ),
        ({"CSRF_TRUSTED_ORIGINS": "https://"}, 'not "https://"'),
        ({"CSRF_TRUSTED_ORIGINS": "https://a.example/path"}, 'not "https://a.example/path"'),
        ({"CSRF_TRUSTED_ORIGINS": "ftp://a.example"}, 'not "ftp://a.example"'),
    ],
)
def test_a_bad_value_refuses_to_start_and_says_why(environment, words):
    result = check(**environment)
    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        ({}, ["SECURE_SSL_REDIRECT = True", "SESSION_COOKIE_SECURE = True", "SECURE_HSTS_SECONDS = 31536000"]),
        ({"HTTPS": "0"}, ["HTTPS = False  ###", "RATE_LIMIT = 600  ###"]),
        ({}, ["CATALOGUE = True  ###"]),
        ({"CATALOGUE": "0"}, ["CATALOGUE = False  ###"]),
        ({"DEBUG": "1", "SECRET_KEY": ""}, ["DEBUG = True", "HTTPS = False  ###"]),
        ({"DEBUG": "1", "HTTPS": "1"}, ["SESSION_COOKIE_SECURE = True"]),
        ({"ALLOWED_HOSTS": "a.example, b.example"}, ["ALLOWED_HOSTS = ['a.example', 'b.example']"]),
        (
            {"ALLOWED_HOSTS": "*, .example.com, [2001:db8::1]"},
            ["ALLOWED_HOSTS = ['*', '.example.com', '[2001:db8::1]']"],
        ),
        (
            {"CSRF_TRUSTED_ORIGINS": "https://a.example,https://*.b.example:8443,http://[::1]"},
            ["CSRF_TRUSTED_ORIGINS = ['https://a.example', 'https://*.b.example:8443', 'http://[::1]']"],
        ),
        ({"ORGDASH_NOW": "2026-11-22t14:20:00.25+05:30", "DEBUG": "1"}, ["14, 20, 0, 250000"]),
        ({"DATABASE_URL": "postgresql://u:p@db:5433/x"}, ["'HOST': 'db'", "'PORT': 5433"]),
    ],
)
def test_good_values_are_taken(environment, lines):
    result = check(**environment)
    assert result.returncode == 0, result.stderr
    for line in lines:
        assert line in result.stdout


def test_every_variable_that_is_read_stands_in_the_example_and_in_the_operations_page():
    sources = (ROOT / "orgdash" / "settings.py").read_text() + (
        ROOT / "orgdash" / "embedded" / "__init__.py"
    ).read_text()
    readers = r"env\.str|env\.dj_db_url|_flag|_list|_one_of|_networks|_number|environ\.get"
    read = set(re.findall(rf'(?:{readers})\("([A-Z_]+)"', sources))
    assert len(read) == 23
    example = (ROOT / ".env.example").read_text()
    assert read == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert all(f"`{name}`" in operations for name in read)


def test_a_machines_own_zone_files_change_nothing(tmp_path):
    shutil.copyfile(files("tzdata.zoneinfo").joinpath("Asia", "Tokyo"), tmp_path / "UTC")
    shutil.copyfile(files("tzdata.zoneinfo").joinpath("Asia", "Tokyo"), tmp_path / "Mars")
    words = (
        "import orgdash.settings, zoneinfo; from datetime import datetime as d;"
        "print(d(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo('UTC')).utcoffset(), 'Mars' in zoneinfo.available_timezones())"
    )
    environment = CLEAN | {"PYTHONTZPATH": str(tmp_path)}  # which Python reads when it begins: this is not forked
    said = subprocess.run([sys.executable, "-c", words], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert said.stdout == b"0:00:00 False\n"


@pytest.mark.parametrize(("asked", "preload"), [({}, "False"), ({"HSTS_PRELOAD": "1"}, "True")])
def test_hsts_preload_is_for_who_asks_for_it(asked, preload):
    words = "import orgdash.settings as s; print(s.SECURE_HSTS_PRELOAD, s.SECURE_HSTS_SECONDS > 0)"
    assert run("-c", words, environment=CLEAN | asked).stdout == f"{preload} True\n"


def test_earlier_secret_keys_stay_known():
    words = "import orgdash.settings as s; print(*s.SECRET_KEY_FALLBACKS)"
    environment = CLEAN | {"SECRET_KEY_FALLBACKS": "a" * 40 + ", " + "b" * 40}
    assert run("-c", words, environment=environment).stdout == "a" * 40 + " " + "b" * 40 + "\n"
