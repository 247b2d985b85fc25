"""The environment: every variable documented, a bad value refuses to start, in words."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CLEAN = {"PATH": os.environ["PATH"], "SECRET_KEY": "k" * 50}


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py diffsettings`, which reads the settings and needs no database."""
    return subprocess.run(
        [sys.executable, "manage.py", "diffsettings"],
        cwd=ROOT,
        env=CLEAN | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "at least 32 characters"),
        ({"DEBUG": "yes"}, 'DEBUG must be 1 or 0, not "yes"'),
        ({"HTTPS": "true"}, 'HTTPS must be 1 or 0, not "true"'),
        ({"RATE_LIMIT": "many"}, 'RATE_LIMIT must be a whole number from 1 (JSON requests a minute), not "many"'),
        ({"RATE_LIMIT": "0"}, 'not "0"'),
        ({"DATABASE_URL": "sqlite:///x.db"}, 'DATABASE_URL must begin with postgresql://, not "sqlite://"'),
        ({"DATABASE_URL": "postgresql://localhost:port/x"}, "DATABASE_URL cannot be read"),
        ({"ORGDASH_NOW": "2026-11-22T14:20:00Z"}, "needs DEBUG=1"),
        ({"ORGDASH_NOW": "yesterday", "DEBUG": "1"}, 'not "yesterday"'),
        ({"ORGDASH_NOW": "2026-11-22T14:20:00", "DEBUG": "1"}, "with an offset"),
        ({"CSRF_TRUSTED_ORIGINS": "example.com"}, 'needs a scheme (https://example.com), not "example.com"'),
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
        ({"DEBUG": "1", "SECRET_KEY": ""}, ["DEBUG = True", "HTTPS = False  ###"]),
        ({"DEBUG": "1", "HTTPS": "1"}, ["SESSION_COOKIE_SECURE = True"]),
        ({"ALLOWED_HOSTS": "a.example, b.example"}, ["ALLOWED_HOSTS = ['a.example', 'b.example']"]),
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
    read = set(re.findall(r'(?:env\.str|env\.dj_db_url|_flag|_list|environ\.get)\("([A-Z_]+)"', sources))
    assert len(read) == 9
    example = (ROOT / ".env.example").read_text()
    assert read == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert all(f"`{name}`" in operations for name in read)
