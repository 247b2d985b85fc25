"""Run as a program: the Anthropic SDK, which tells spans of its own, instrumented; it calls the server of MODELS."""

import asyncio

from openinference.instrumentation.anthropic import AnthropicInstrumentor

from tests.senders.programs import calls

provider = calls.instrumented(AnthropicInstrumentor())
calls.call_anthropic()
calls.fail_anthropic()
asyncio.run(calls.call_anthropic_async())
provider.shutdown()
