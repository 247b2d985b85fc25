"""OpenAI's Responses API as LiteLLM tells of it: whose id an answer has, and answers that are made in the background.

Read from the source of litellm 1.106.2: responses/utils.py, litellm_core_utils/internal_call_metadata.py. Of an answer
only its id, its state, its model and when it was made are looked at.
"""

from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_PREFIX = "resp_"
_ID = ";response_id:"
_OWN = "litellm:"
READ = "get_responses"
_FAR = 10**12  # seconds, past every date: a second more of 1e999999999 is an error of its own


def provider_id(known: object) -> object:
    """The id that the provider gave the answer: LiteLLM puts its own names around it. Another id is itself.

    >>> provider_id("resp_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDpOb25lO3Jlc3BvbnNlX2lkOnJlc3BfYTE=")
    'resp_a1'
    >>> provider_id("resp_68c1"), provider_id("chatcmpl-1"), provider_id(None)
    ('resp_68c1', 'chatcmpl-1', None)
    """
    if not isinstance(known, str) or not known.startswith(_PREFIX):
        return known
    try:
        words = b64decode(known.removeprefix(_PREFIX), validate=True).decode()
    except ValueError:
        return known
    return words.rpartition(_ID)[2] or known if words.startswith(_OWN) and _ID in words else known


def is_background(payload: Mapping[str, Any]) -> bool:
    """Whether the answer is made in the background: told at first without tokens, and with them when it is read."""
    return _answer(payload).get("background") is True


def made_at(payload: Mapping[str, Any]) -> object:
    """When the provider began, in seconds since 1970: the same however often the answer is read.

    The end of the second that it names: who asked began before, and it is their key that counts.
    """
    began = _answer(payload).get("created_at")
    if not isinstance(began, int | float | Decimal) or isinstance(began, bool):
        return None
    return began + 1 if -_FAR < began < _FAR else began


def model(payload: Mapping[str, Any]) -> object:
    """As the provider calls it."""
    return _answer(payload).get("model")


def _answer(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = payload.get("response")
    return answer if isinstance(answer, dict) else {}
