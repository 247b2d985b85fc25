"""The production server: plain `gunicorn orgdash.wsgi` on a database of its own, asked over HTTP."""

import gzip
import socket
import subprocess
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.prepared import stop
from tests.servers import BIN, ROOT, environment, fetch, free_port, gunicorn, manage

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("server")
    yield made
    stop(made)


@pytest.fixture(scope="module")
def port(directory):
    """A server whose database is migrated; before that it says it is not ready."""
    with gunicorn(directory, as_installed=True) as port:
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
    assert_secured(response)
    allowed = response.headers["Content-Security-Policy"].count("'self'")
    assert allowed == (0 if path.startswith("/static/") else 6), "of a file nothing, of a page what is ours"


def assert_secured(response: HTTPResponse) -> None:
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    policy = response.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert not any(word in policy for word in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*"))


def test_static_files_are_hashed_compressed_and_kept(port):
    page = fetch(port, "/accounts/login/").body.decode()
    path = page.split('href="/static/css/tokens.')[1].split('"')[0]
    response = fetch(port, f"/static/css/tokens.{path}", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "immutable" in response.headers["Cache-Control"]
    assert b"--accent" in gzip.decompress(response.body)


@pytest.mark.parametrize(("folder", "name", "comment"), [("css", "tokens", "/*"), ("js", "shell", "// ")])
def test_our_static_files_are_sent_without_comments(port, folder, name, comment):
    page = fetch(port, "/accounts/login/").body.decode()
    path = page.split(f"/static/{folder}/{name}.")[1].split('"')[0]
    assert comment in (ROOT / "static" / folder / f"{name}.{folder}").read_text()
    assert comment not in fetch(port, f"/static/{folder}/{name}.{path}").body.decode()


def test_the_charts_library_is_served_from_its_stable_prefix(port):
    assert fetch(port, "/static/vendor/chart.js/chart.umd.min.js").status == 200


@pytest.mark.parametrize(("path", "status"), [("/", 302), ("/organizations/org_x/analytics/", 302), ("/nowhere", 404)])
def test_nobody_is_sent_to_sign_in(path, status, port):
    assert fetch(port, path).status == status


def test_a_wrong_host_is_refused_with_the_security_headers(port):
    response = fetch(port, "/accounts/login/", Host="evil.example")
    assert response.status == 400
    assert_secured(response)


def test_a_link_with_many_filters_is_answered(port):
    filters = "&".join(f"project=proj_{number:016x}" for number in range(200))
    response = fetch(port, f"/organizations/org_x/analytics/?{filters}")
    assert response.status == 302
    assert response.headers["Location"].endswith(f"{199:016x}")


@pytest.mark.parametrize(("path", "status"), [("/analytics/activity", 401), ("/accounts/login/", 200)])
def test_the_longest_link_has_not_too_many_parameters(path, status, port):
    assert fetch(port, f"{path}?{'a&' * 4000}").status == status


def test_plain_gunicorn_opens_no_control_socket(directory, port, tmp_path):
    with gunicorn(directory, HOME=str(tmp_path), XDG_RUNTIME_DIR=str(tmp_path)) as plain:
        assert fetch(plain, "/healthz").status == 200
        assert list(tmp_path.iterdir()) == []


def test_head_is_answered_like_get_without_a_body(directory, port, capfd):
    paths = ["/healthz", "/accounts/login/", "/analytics/activity", "/static/css/tokens.css"]
    with gunicorn(directory) as heard:
        answers = [(fetch(heard, path, method="HEAD"), fetch(heard, path)) for path in paths]
    assert [head.body for head, _ in answers] == [b""] * len(paths)
    assert [(head.status, head.headers["Content-Length"]) for head, _ in answers] == [
        (full.status, str(len(full.body))) for _, full in answers
    ]
    assert "body bytes" not in capfd.readouterr().err


def test_a_static_file_that_did_not_change_is_answered_without_a_body(directory, port, capfd):
    with gunicorn(directory) as heard:
        kept = fetch(heard, "/static/css/tokens.css").headers["ETag"]
        again = fetch(heard, "/static/css/tokens.css", **{"If-None-Match": kept, "Accept-Encoding": "gzip"})
    assert (again.status, again.body, again.headers["Content-Encoding"]) == (304, b"", None)
    assert "body bytes" not in capfd.readouterr().err


def test_with_https_plain_requests_are_redirected_wrong_hosts_refused_and_probes_answered(directory, port):
    with gunicorn(directory, HTTPS="1") as secure:
        response = fetch(secure, "/accounts/login/", Host="localhost")
        assert (response.status, response.headers["Location"]) == (301, "https://localhost/accounts/login/")
        assert_secured(response)
        refused = fetch(secure, "/accounts/login/", Host="evil.example")
        assert refused.status == 400
        assert_secured(refused)
        assert fetch(secure, "/healthz").status == 200
        page = fetch(secure, "/accounts/login/", Host="localhost", **{"X-Forwarded-Proto": "https"})
        assert page.status == 200
        assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
        assert "Secure" in page.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "RATE_LIMIT",
            "many",
            'RATE_LIMIT must be a whole number from 1 (JSON requests a minute), not "many"',
        ),
        ("DEBUG", "yes", 'DEBUG must be 1 or 0, not "yes"'),
    ],
)
def test_a_bad_environment_stops_gunicorn_with_one_line_of_words(name, value, words, directory):
    command = [str(BIN / "gunicorn"), "orgdash.wsgi", "--bind", f"127.0.0.1:{free_port()}", "--log-level", "warning"]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(directory, **{name: value}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == f"orgdash does not start: {words}\n"


def test_http2_and_grpc_are_one_clear_line_in_the_log(directory, capfd):
    with gunicorn(directory) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    lines = [line for line in capfd.readouterr().err.splitlines() if "127.0.0.1" in line]
    assert len(lines) == 1
    assert "HTTP/2 or gRPC, not spoken here; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" in lines[0]
