"""The real Anthropic SDK tells its own spans, and an instrumentation tells of the same calls: each call counts once."""

import subprocess
import sys

from tests.clients.conftest import client_environment
from tests.senders.models import Models, serving
from tests.senders.proof import different, expected
from tests.senders.rows import Row
from tests.servers import ROOT

PROGRAM = """
import asyncio
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from tests.senders.programs import calls
provider = calls.instrumented(AnthropicInstrumentor())
calls.call_anthropic()
calls.fail_anthropic()
asyncio.run(calls.call_anthropic_async())
provider.shutdown()
"""


def test_calls_that_the_anthropic_sdk_and_an_instrumentation_tell_of_count_once(live, found_company):
    company, models = found_company("two-tell"), Models()
    with serving(models) as address:
        environment = client_environment(
            MODELS=address,
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{live.url}/v1/traces",
            OTEL_EXPORTER_OTLP_TRACES_HEADERS=f"Authorization=Bearer%20{company.secret}",
        )
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answered = models.taken()
    assert len(answered) == 6
    wanted = expected(answered, Row("two that tell", "", "", ()))
    del wanted["cost"]  # the server of these tests knows no prices
    assert different(wanted, company.activity()["totals"]) == []
