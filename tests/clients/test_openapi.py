"""schemathesis on the published document: no answer is a 5xx, and none is other than the document says."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.clients.conftest import client_environment
from tests.servers import ROOT

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
EXAMPLES = 10  # of each operation, when values are made at random
OPTIONS = ("--continue-on-failure", "--generation-database", "none")  # no next run would repeat what failed
ENVIRONMENT = {
    "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("answers_hook.py")),
    # Its tables of characters are made once in a checkout; in the directory of a test they would be made every time.
    "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
}
EVENT = {
    "id": "req-1",
    "timestamp": "2026-06-20T10:00:00Z",
    "provider": "openai",
    "model": "gpt-5.5",
    "cost_usd": "0.1",
}


@pytest.fixture(scope="module")
def company(found_company):
    """Has used something on the days that the document gives as examples."""
    company = found_company("openapi")
    sent = [
        EVENT,
        EVENT | {"id": "req-2", "status": "error", "model": "claude-5"},
        EVENT | {"id": "3", "cost_usd": None},
    ]
    authorization = {"Authorization": f"Bearer {company.secret}"}
    answer = httpx.post(f"{company.live.url}/usage/events", json=sent, headers=authorization, trust_env=False)
    assert answer.json()["recorded"] == 3
    return company


def run(company, directory: Path) -> subprocess.CompletedProcess[str]:
    config = directory / "schemathesis.toml"
    config.write_text(
        f"""
[auth.openapi.apiKey]
bearer = "{company.secret}"

[auth.openapi.accessToken]
bearer = "{company.live.token("openapi")}"

[[operations]]
include-method = "HEAD"
phases.coverage.enabled = false

[[operations]]
include-path = "/analytics/activity"
parameters = {{ "query.organizationId" = "{company.organization}" }}
"""
    )
    command = [SCHEMATHESIS, "--config-file", config, "run", f"{company.live.url}/api/openapi.json", "--no-color"]
    done = subprocess.run(
        [*command, "--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), *OPTIONS],
        cwd=directory,
        env=client_environment(**ENVIRONMENT),
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout, done.stderr)
    return done


def test_no_answer_is_a_failure_or_undocumented(company, tmp_path):
    done = run(company, tmp_path)
    assert done.returncode == 0
    # Everything that is described was asked, but for the document itself, and not only in vain.
    document = httpx.get(f"{company.live.url}/api/openapi.json", trust_env=False).json()
    described = {(path, method.upper()) for path, one in document["paths"].items() for method in one}
    met = statuses((tmp_path / "answers.txt").read_text())
    assert {one for one in described if 200 not in met[one]} == {("/api/openapi.json", "GET")}
    assert 400 in met["/analytics/activity", "GET"]
    assert {400, 422} <= met["/usage/events", "POST"]
    assert 401 in set().union(*met.values())  # chance asks few times without a secret, and not of every operation


def statuses(answers: str) -> dict[tuple[str, str], set[int]]:
    found = defaultdict(set)
    for answer in answers.splitlines():
        method, status, url = answer.split(" ", 2)
        found[urlsplit(url).path, method].add(int(status))
    return found
