"""The production server: plain `gunicorn orgdash.wsgi` on a database of its own, asked over HTTP."""

import gzip
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def environment(directory: Path, **more: str) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    return clean | {"ORGDASH_DATA_DIR": str(directory), "SECRET_KEY": "k" * 50, "HTTPS": "0"} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port: int, path: str, **headers: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.body = response.read()
    connection.close()
    return response


@contextmanager
def gunicorn(directory: Path, *options: str, **more: str):
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--no-control-socket"]
    command = [str(BIN / "gunicorn"), "orgdash.wsgi", *bind, *options]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(directory, **more))
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("gunicorn did not come up in 10 s")


def manage(directory: Path, *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment(directory), check=True, capture_output=True)


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("server")
    yield made
    subprocess.run([sys.executable, "-m", "orgdash.embedded", "stop"], cwd=ROOT, env=environment(made), check=True)


@pytest.fixture(scope="module")
def port(directory):
    """A server whose database is migrated; before that it says it is not ready."""
    with gunicorn(directory) as port:
        assert fetch(port, "/healthz").status == 200
        assert (fetch(port, "/readyz").status, b"not applied" in fetch(port, "/readyz").body) == (503, True)
        manage(directory, "migrate", "--verbosity", "0")
        assert fetch(port, "/readyz").status == 200
        yield port


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/accounts/login/",
        "/analytics/activity",
        "/nowhere",
        "/static/css/tokens.css",
        "/organizations/x/analytics/",
    ],
)
def test_every_answer_carries_the_security_headers(path, port):
    response = fetch(port, path)
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert not any(word in policy for word in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*"))


def test_static_files_are_hashed_compressed_and_kept(port):
    page = fetch(port, "/accounts/login/").body.decode()
    path = page.split('href="/static/css/tokens.')[1].split('"')[0]
    response = fetch(port, f"/static/css/tokens.{path}", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "immutable" in response.headers["Cache-Control"]
    assert b"--accent" in gzip.decompress(response.body)


def test_the_charts_library_is_served_from_its_stable_prefix(port):
    assert fetch(port, "/static/vendor/chart.js/chart.umd.min.js").status == 200


@pytest.mark.parametrize(("path", "status"), [("/", 302), ("/organizations/org_x/analytics/", 302), ("/nowhere", 404)])
def test_nobody_is_sent_to_sign_in(path, status, port):
    assert fetch(port, path).status == status


def test_a_wrong_host_is_refused(port):
    assert fetch(port, "/accounts/login/", Host="evil.example").status == 400


def test_with_https_plain_requests_are_redirected_and_probes_are_not(directory, port):
    with gunicorn(directory, HTTPS="1") as secure:
        response = fetch(secure, "/accounts/login/", Host="localhost")
        assert (response.status, response.headers["Location"]) == (301, "https://localhost/accounts/login/")
        assert fetch(secure, "/healthz").status == 200
        page = fetch(secure, "/accounts/login/", Host="localhost", **{"X-Forwarded-Proto": "https"})
        assert page.status == 200
        assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
        assert "Secure" in page.headers["Set-Cookie"]


def test_a_bad_environment_stops_gunicorn_with_words(directory):
    command = [str(BIN / "gunicorn"), "orgdash.wsgi", "--bind", f"127.0.0.1:{free_port()}"]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(directory, RATE_LIMIT="many"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode != 0
    assert 'RATE_LIMIT must be a whole number from 1 (JSON requests a minute), not "many"' in result.stderr
