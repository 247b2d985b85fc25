"""A program that sets litellm up as the proxy would, makes one call, and prints what it cost.

The configuration to copy is on its standard input; no model is reached.
"""

import asyncio
import sys

import litellm
import yaml
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger
from litellm.litellm_core_utils.logging_callback_manager import LoggingCallbackManager

COPIED = sys.stdin.read()


def set_up() -> None:
    # As the proxy reads its configuration (proxy/common_utils/callback_utils.py).
    config = yaml.safe_load(COPIED)
    litellm.callback_settings = config["callback_settings"]
    named = config["litellm_settings"]["callbacks"]
    litellm.callbacks = [LoggingCallbackManager.add_custom_callback_generic_api_str(one) for one in named]


async def main() -> None:
    set_up()
    (logger,) = litellm.callbacks
    assert isinstance(logger, GenericAPILogger)
    assert logger.max_retries == 5
    answer = await litellm.acompletion(
        model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], mock_response="Good day to you"
    )
    while not logger.log_queue:
        await asyncio.sleep(0.05)
    await logger.flush_queue()
    print(repr(answer._hidden_params["response_cost"]), answer.usage.total_tokens)


asyncio.run(asyncio.wait_for(main(), 30))
