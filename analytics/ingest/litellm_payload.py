"""What LiteLLM logs of a call (its StandardLoggingPayload, as its `generic_api` callback sends it) → a usage event.

Read from the source of litellm 1.106.2: types/utils.py, litellm_core_utils/litellm_logging.py, batches/batch_utils.py,
proxy/spend_tracking. Prompts, answers and headers are in the payload too: nothing here reads them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from hashlib import sha256
from typing import Any

from analytics.ingest import litellm_responses, litellm_tokens
from analytics.ingest.decoding import MAX_TEXT, DuplicateKeys, EventError, excerpt
from analytics.ingest.event_rules import mend, rounded, since_1970
from analytics.ingest.litellm_times import DAY, end_of, instant, is_seconds
from analytics.ledger.usage_event import Ties

# What uses a model, the asynchronous forms ("acompletion") included.
# fmt: off
MODEL_CALLS = frozenset((
    "completion", "text_completion", "embedding", "responses", "compact_responses", "anthropic_messages",
    "generate_content", "generate_content_stream", "image_generation", "image_edit", "image_variation",
    "transcription", "speech", "rerank", "ocr", "realtime", "responses_websocket", "video_generation", "create_video",
    "video_remix", "video_edit", "video_extension", "run_thread", "run_thread_stream", "create_interaction",
    "send_message", "pass_through_endpoint", "llm_passthrough_route",
))
# fmt: on
# Whatever else has one of these words in its name looks at what is there already or takes it away. What was used for
# that was told of when it was made, and some of these repeat its tokens and cost. Of the rest (search, tools, …) only
# what used tokens or cost something is usage.
READS = frozenset(("get", "list", "retrieve", "cancel", "delete", "content", "status", "update", "upload"))
BATCH_READ = "retrieve_batch"
BATCH_SUFFIX = "_batch_cost"  # what LiteLLM's table adds to a batch's id
# Whose limits stopped a call: LiteLLM's own, of a key's or team's budget and rates, are no provider's.
OWN_LIMITS = ("litellm_rate_limit", "litellm_batch_rate_limit")
UNKNOWN = "litellm"  # the provider where LiteLLM could not tell


@dataclass(frozen=True, slots=True)
class Call:
    """One payload: the fields of its event without `api_key`, or why there are none; and the names of its API key.

    `is_usage` is False of a call that uses no model. The aliases and the hash are as sent: any JSON value. `mended`
    are the fields that could not be used as they were sent.
    """

    id: object
    event: dict[str, Any] | EventError
    is_usage: bool = True
    key_alias: object = None
    team_alias: object = None
    email: object = None
    key_hash: object = None
    mended: tuple[str, ...] = ()


def call(payload: object) -> Call:
    """`payload` as `decoding.decode` gave it, floats as Decimal; its values are checked by `event_rules.check`, later.

    A row of LiteLLM's table comes here too, as the payload it was made from (`files.spend_logs`).
    """
    if isinstance(payload, EventError):
        return Call(None, payload)
    if not isinstance(payload, dict) or not payload:
        twice = excerpt(payload.name) if isinstance(payload, DuplicateKeys) else None
        problem = f"{twice} is given twice" if twice else f"got {excerpt(payload)}"
        return Call(None, EventError(None, f"must be a StandardLoggingPayload, an object: {problem}"))
    metadata = _within(payload, "metadata")
    try:
        event = _event(payload, metadata)
    except EventError as problem:
        return Call(_id(payload), problem.bare(), _is_usage(payload))
    return Call(
        _id(payload),
        event,
        _is_usage(payload),
        key_alias=metadata.get("user_api_key_alias"),
        team_alias=metadata.get("user_api_key_team_alias"),
        email=metadata.get("user_api_key_user_email"),
        key_hash=metadata.get("user_api_key_hash"),
        mended=tuple(_mended(event)),
    )


def _mended(event: dict[str, Any]) -> Iterator[str]:
    yield from dict.fromkeys((*litellm_tokens.unusable(event), *mend(event)))


def _event(payload: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    status, batch = payload.get("status"), _is_batch(payload)
    begin = _begin(payload)
    long = batch or _is_read_back(payload) or _is_told_later(payload)
    event = {
        "id": _id(payload),
        "timestamp": since_1970(begin),
        # A batch, and what is made in the background, is read again and again; what overlaps is one call.
        "ended_at": since_1970(begin + DAY) if long else end_of(begin, payload.get("endTime")),
        "provider": _provider(payload),
        "model": _model(payload),
        **litellm_tokens.tokens(payload, _within(metadata, "usage_object")),
        "service_tier": "batch" if batch else _tier(payload, metadata),
        "cost_usd": _cost(payload),
        "status": "error" if status == "failure" else status,
        "response_id": _answer(payload),
        "ties": Ties(alike=_alike(payload, begin), charges=True),
    }
    # Told at first without tokens, under the same id and time.
    return event | {"revision": 1} if "create_interaction" in _kinds(payload) and _used(payload) else event


# --- what is usage ---


def _kinds(payload: dict[str, Any]) -> set[str]:
    """The call's names: "_arealtime", "aresponses", "CallTypes.completion" are the same call, awaited or not."""
    kind = payload.get("call_type") or "completion"
    if not isinstance(kind, str) or len(kind) > MAX_TEXT:
        return set()
    name = kind.rpartition(".")[2]
    return {name, name.lstrip("_"), name.lstrip("_").removeprefix("a")}


def _is_usage(payload: dict[str, Any]) -> bool:
    kinds = _kinds(payload)
    if _is_batch(payload):
        return bool(_batch_models(payload) or payload.get("response_cost")) and payload.get("status") != "failure"
    if _is_refused(payload):
        return False
    if kinds & MODEL_CALLS or (_is_read_back(payload) and _used(payload)):
        return True
    if any(READS.intersection(kind.split("_")) for kind in kinds):
        return False
    return bool(_used(payload) or payload.get("response_cost"))


def _is_refused(payload: dict[str, Any]) -> bool:
    """Whether the proxy turned the call away before any model was asked: unknown model, bad key, budget, guardrail.

    Only what says why it failed can say so; what used something was answered by a model, whatever became of it.
    """
    why = payload.get("error_information")
    if payload.get("status") != "failure" or not isinstance(why, dict) or _used(payload):
        return False
    if why.get("error_rate_limit_category") in OWN_LIMITS:
        return True
    asked = (why.get("llm_provider"), payload.get("api_base"), _within(payload, "hidden_params").get("api_base"))
    return bool(why.get("error_class") or why.get("error_code") or why.get("error_message")) and not any(asked)


def _used(payload: dict[str, Any]) -> bool:
    return bool(payload.get("prompt_tokens") or payload.get("completion_tokens"))


def _is_batch(payload: dict[str, Any]) -> bool:
    """A batch as it is read: finished, it has the counts and the cost of all its answers, at every poll the same."""
    return BATCH_READ in _kinds(payload)


def _is_read_back(payload: dict[str, Any]) -> bool:
    """An answer that was made in the background, as it is read: making it told no tokens, and this does.

    Where the proxy encrypts ids each reading has another, longer than any provider's: nobody can tell what it is of.
    """
    if litellm_responses.READ not in _kinds(payload) or not litellm_responses.is_background(payload):
        return False
    chosen = litellm_responses.provider_id(payload.get("id"))
    return isinstance(chosen, str) and 0 < len(chosen) <= MAX_TEXT


def _is_told_later(payload: dict[str, Any]) -> bool:
    """An answer that was asked for and told no tokens: in LiteLLM's table nothing else says that it is made later."""
    return "responses" in _kinds(payload) and payload.get("status") != "failure" and not _used(payload)


def _batch_models(payload: dict[str, Any]) -> list[str]:
    """One for each answer, so that the first of them is the one that most have; of as many, the first by name."""
    models = _within(payload, "hidden_params").get("batch_models")
    counted = Counter(name for name in models if isinstance(name, str) and name) if isinstance(models, list) else {}
    return sorted(counted, key=lambda name: (-counted[name], name))


# --- which call it is ---


def _id(payload: dict[str, Any]) -> object:
    """The answer's id, which the provider chose, or the call's. A longer one than fits is its SHA-256 instead."""
    found = payload.get("litellm_call_id") if _is_nothing(payload.get("id")) else payload.get("id")
    if isinstance(found, str) and _is_batch(payload):
        found = found.removesuffix(BATCH_SUFFIX)
    if _is_read_back(payload):
        found = litellm_responses.provider_id(found)
    if isinstance(found, str) and len(found) > MAX_TEXT:
        return sha256(found.encode(errors="surrogatepass")).hexdigest()
    return found


def _answer(payload: dict[str, Any]) -> object:
    """The provider's id of the answer. What failed has none, and its attempts would share the call's."""
    known, chosen = _id(payload), litellm_responses.provider_id(payload.get("id"))
    failed = payload.get("status") == "failure" and not _used(payload)
    if failed or _is_nothing(chosen) or known == payload.get("litellm_call_id"):
        return None
    return chosen if chosen != payload.get("id") and isinstance(chosen, str) and len(chosen) <= MAX_TEXT else known


def _alike(payload: dict[str, Any], begin: int) -> str:
    """What two logs of one call have in common where their ids differ: to the millisecond, as LiteLLM's table has it.

    The attempts at one call share its id and begin at other times. A batch is the same whenever it is read.
    """
    if _is_batch(payload):
        return f"litellm:batch:{_id(payload)}"
    if _is_read_back(payload):
        return ""  # it is known by the answer's id alone: each reading is a call of LiteLLM's own
    own = payload.get("litellm_call_id")
    named = own if isinstance(own, str) and own and len(own) <= MAX_TEXT else _id(payload)
    return f"litellm:{named}:{begin // 1000}"


def _is_nothing(given: object) -> bool:
    return given in (None, "", "None")  # the text of Python's None


# --- when ---


def _begin(payload: dict[str, Any]) -> int:
    """Of what is read again and again an instant that is the same every time, where it says one."""
    if _is_batch(payload):
        place, said = "response.completed_at", _within(payload, "response").get("completed_at")
    else:
        place, said = "response.created_at", litellm_responses.made_at(payload) if _is_read_back(payload) else None
    return instant(said, place) if is_seconds(said) else instant(payload.get("startTime"), "startTime")


# --- what was asked, and what it cost ---


def _provider(payload: dict[str, Any]) -> object:
    """As LiteLLM calls it; where the call does not say (responses), as its price map does."""
    known = _within(_within(payload, "model_map_information"), "model_map_value")
    return payload.get("custom_llm_provider") or known.get("litellm_provider") or UNKNOWN


def _model(payload: dict[str, Any]) -> object:
    named = payload.get("model") or payload.get("model_group")
    if _is_batch(payload):
        hidden = _within(payload, "hidden_params")
        return next(iter(_batch_models(payload)), None) or named or hidden.get("litellm_model_name") or ""
    if _is_read_back(payload):  # its group is the number of a deployment
        return payload.get("model") or litellm_responses.model(payload) or ""
    return named or ""


def _tier(payload: dict[str, Any], metadata: dict[str, Any]) -> str:
    """The one LiteLLM priced by, else the one that was answered or asked for."""
    places = (
        _within(payload, "cost_breakdown"),
        _within(metadata, "usage_object"),
        _within(payload, "model_parameters"),
    )
    for place in places:
        tier = place.get("service_tier")
        if isinstance(tier, str) and tier.strip() and len(tier) <= MAX_TEXT and tier.isprintable():
            return tier
    return "standard"


def is_free(*, from_cache: bool, failed: bool, used: bool) -> bool:
    """Whether a cost of 0 is one: LiteLLM writes 0 also where it has no price, in what it sends and in its table.

    It is where nothing can have cost: of an answer from its cache, and of a failed call that used nothing.
    """
    return from_cache or (failed and not used)


def _cost(payload: dict[str, Any]) -> object:
    """US dollars to 12 places, half to even, from the float that LiteLLM computed; None: not priced."""
    hit = payload.get("cache_hit") is True
    cost = payload.get("response_cost")
    if not cost and not hit:  # the sum stands beside its parts too
        cost = _within(payload, "cost_breakdown").get("total_cost") or cost
    if isinstance(cost, float):
        cost = Decimal(str(cost))
    if not isinstance(cost, int | Decimal) or isinstance(cost, bool):
        return cost
    if cost == 0:
        failed = payload.get("status") == "failure"
        return 0 if is_free(from_cache=hit, failed=failed, used=_used(payload)) else None
    try:
        return rounded(Decimal(cost))
    except DecimalException:
        return cost  # too large for any cost


def _within(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}
