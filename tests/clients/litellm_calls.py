"""A program whose calls the real litellm logs to the server, by its `generic_api` callback; no model is reached.

Its arguments are `SAID json_array=SECRET ndjson=SECRET …`: it sends what is logged for every secret, all of it twice,
and prints what litellm counted, call by call.
"""

import asyncio
import json
import sys
from typing import Any

import litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger
from litellm.types.utils import PromptTokensDetailsWrapper

SAID, *SENDERS = sys.argv[1:]
MESSAGES = [{"role": "user", "content": SAID}]


class Tally(CustomLogger):
    """What litellm tells every callback: its cost as text, whether it failed, the answer's usage."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, Any]] = []

    async def async_log_success_event(self, kwargs: dict, response_obj: Any, start_time: Any, end_time: Any) -> None:
        self.calls.append({"cost": repr(kwargs["response_cost"]), "failed": False, **used(response_obj.usage)})

    async def async_log_failure_event(self, kwargs: dict, response_obj: Any, start_time: Any, end_time: Any) -> None:
        self.calls.append({"cost": repr(float(kwargs["response_cost"])), "failed": True, "in": 0, "out": 0})


def used(usage: Any) -> dict[str, int]:
    prompt = getattr(usage, "prompt_tokens", None)
    if prompt is None:  # an answer of the Responses API
        return {"in": usage.input_tokens, "out": usage.output_tokens}
    return {"in": prompt, "out": usage.completion_tokens}


def answer() -> litellm.ModelResponse:
    """One that used a lot, most of it from the provider's cache."""
    details = PromptTokensDetailsWrapper(cached_tokens=1_000_000)
    usage = litellm.Usage(
        prompt_tokens=1_234_567, completion_tokens=54_321, total_tokens=1_288_888, prompt_tokens_details=details
    )
    message = {"role": "assistant", "content": SAID}
    return litellm.ModelResponse(model="gpt-4o", usage=usage, choices=[{"index": 0, "message": message}])


async def call(tally: Tally) -> None:
    names = {"user_api_key_alias": "alpha", "user_api_key_team_alias": "Growth"}
    options = {"messages": MESSAGES, "mock_response": SAID, "metadata": names}
    await litellm.acompletion(model="gpt-4o", **options)
    await litellm.acompletion(model="gpt-4o", **options | {"mock_response": answer()})
    async for _ in await litellm.acompletion(model="gpt-4o-mini", stream=True, **options):
        pass
    await litellm.acompletion(model="openai/never-heard-of", **options)
    await litellm.aembedding(model="text-embedding-3-small", input=[SAID], mock_response=[0.5, 0.25], metadata=names)
    await litellm.aresponses(model="gpt-4o", input=SAID, mock_response=SAID, litellm_metadata=names)
    deployments = [
        {"model_name": "broken", "litellm_params": {"model": "gpt-4o", "mock_response": Exception(SAID)}},
        {"model_name": "spare", "litellm_params": {"model": "gpt-4o", "mock_response": SAID}},
        {"model_name": "own", "litellm_params": {"model": "openai/own", "mock_response": SAID}},
    ]
    router = litellm.Router(deployments, num_retries=0, fallbacks=[{"broken": ["spare"]}])
    await router.acompletion(model="broken", messages=MESSAGES, metadata=names)
    await router.acompletion(model="own", messages=MESSAGES, metadata=names)
    while len(tally.calls) < 9:
        await asyncio.sleep(0.05)


async def main() -> None:
    senders = []
    for number, sender in enumerate(SENDERS):
        log_format, secret = sender.split("=")
        headers = {"Authorization": f"Bearer {secret}"}
        # The numbers of retries differ, for litellm takes two callbacks that look alike for one.
        options = {"log_format": log_format, "max_retries": number, "flush_interval": 600}  # it is this that sends
        senders.append(GenericAPILogger(headers=headers, **options))
    tally = Tally()
    litellm.callbacks = [*senders, tally]
    await asyncio.wait_for(call(tally), 30)
    await asyncio.sleep(0.2)
    await asyncio.gather(*(send_twice(sender) for sender in senders))
    print(json.dumps(tally.calls))


async def send_twice(sender: GenericAPILogger) -> None:
    """As it does when the answer to a batch was lost on the way."""
    batch = list(sender.log_queue)
    assert len(batch) == 9
    await sender.flush_queue()
    sender.log_queue.extend(batch)
    await sender.flush_queue()


asyncio.run(main())
