"""What the help pages give to copy works as it stands, once a secret is in its place."""

import re
import shlex
import subprocess
import sys
from decimal import Decimal

import httpx
import yaml

from tests.analytics.dashboard.test_senders import commands
from tests.clients.conftest import Company, Live, client_environment
from tests.clients.test_litellm import exact
from tests.clients.test_opentelemetry import as_openai, serving
from tests.servers import ROOT


def copied(live: Live, slug: str, company: Company) -> dict[str, str]:
    page = live.browser.get(f"/help/send-usage/{slug}/")
    assert page.status_code == 200
    return {name: text.replace("sk-org-…", company.secret) for name, text in commands(page.text).items()}


def run(module: str, *arguments: str, said: str = "", **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=client_environment(LITELLM_LOCAL_MODEL_COST_MAP="True", OPENAI_API_KEY="none", **more),
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_line_that_sends_an_event_records_it(live, found_company):
    company = found_company("help-events")
    command = shlex.split(copied(live, "events", company)["event"].replace("\\\n", " "))
    assert command[:3] == ["curl", "-X", "POST"]
    url, *options = command[3:]
    given = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ") for option, value in given if option == "-H")
    (body,) = (value for option, value in given if option == "-d")
    answer = httpx.post(url, content=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["recorded"]) == (200, 1)
    totals = company.activity(range="today")["totals"]
    assert (totals["cost"], totals["totalTokens"]) == (Decimal("0.014950"), 1622)


def test_litellms_proxy_set_up_as_the_page_says_logs_its_calls(live, found_company):
    company = found_company("help-litellm-proxy")
    text = copied(live, "litellm", company)["litellm-proxy"]
    cost, tokens = run("tests.clients.configured_calls", said=text).split()
    totals = company.activity()["totals"]
    assert (totals["requestCount"], totals["cost"], totals["totalTokens"]) == (1, exact(cost), int(tokens))


def test_the_program_for_litellms_package_runs_as_it_stands_and_is_the_documents(live, found_company, tmp_path):
    company = found_company("help-litellm-package")
    text = copied(live, "litellm", company)["litellm-package"]
    (documented,) = re.findall("```python\n(.*?)```", (ROOT / "docs/senders.md").read_text(), re.DOTALL)
    documented = documented.replace("sk-org-…", company.secret).replace("https://orgdash.example.com", live.url)
    assert documented.split() == text.split()
    program = tmp_path / "program.py"
    program.write_text(text)
    done = subprocess.run(
        [sys.executable, program],
        env=client_environment(LITELLM_LOCAL_MODEL_COST_MAP="True"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    totals = company.activity()["totals"]
    # LiteLLM counts 10 and 20 tokens for a mocked answer, at 2.50 and 10 dollars a million.
    assert (totals["requestCount"], totals["cost"], totals["totalTokens"]) == (1, Decimal("0.000225"), 30)


def test_an_instrumented_program_with_the_pages_environment_exports_to_this_server(live, found_company):
    company = found_company("help-otel")
    lines = shlex.split(copied(live, "opentelemetry", company)["otel-environment"])
    environment = dict(line.split("=", 1) for line in lines if line != "export")
    assert len(environment) == 4
    with serving(as_openai) as openai:
        run("tests.clients.openai_calls", "Hello", OPENAI_BASE_URL=f"{openai}/v1", **environment)
    assert company.activity()["totals"]["totalTokens"] == 10_392


def test_the_collectors_configuration_sends_the_traces_of_its_pipeline_to_this_server(live, found_company):
    company = found_company("help-collector")
    config = yaml.safe_load(copied(live, "opentelemetry", company)["otel-collector"])
    (name,) = config["service"]["pipelines"]["traces"]["exporters"]
    exporter = config["exporters"][name]
    assert (name.split("/")[0], exporter["compression"]) == ("otlphttp", "gzip")
    # What a Collector without anything to send would post.
    answer = httpx.post(
        exporter["traces_endpoint"],
        content=b"",
        headers=exporter["headers"] | {"Content-Type": "application/x-protobuf"},
        trust_env=False,
    )
    assert (answer.status_code, answer.content) == (200, b"")
