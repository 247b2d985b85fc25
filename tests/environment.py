"""Loaded with `-p`, before Django's settings are: the environment every test runs in, whatever the shell's is."""

import os
import sys

for _name in ("DEBUG", "ORGDASH_NOW", "RATE_LIMIT", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"):
    os.environ.pop(_name, None)
os.environ["SECRET_KEY"] = "the-tests-own-key-" + "0123456789abcdef" * 3
os.environ["HTTPS"] = "0"
os.environ["CATALOGUE"] = "0"  # what has no cost has none, unless a test says what it costs
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in the tests' thread
# Test modules, and ours in every process that tests start, are compiled once, not each time anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
