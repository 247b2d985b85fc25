"""Which of the calls LiteLLM logs are usage, and which logs tell of the same call."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.analytics.gateway import drafted, read

START = 1795003201.75353
NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "response_cost": 0.0}


READING = (
    "get_responses delete_responses cancel_responses list_input_items retrieve_batch cancel_batch list_batches"
    " file_retrieve file_content file_list file_delete retrieve_fine_tuning_job list_fine_tuning_jobs"
    " cancel_fine_tuning_job video_content video_retrieve video_list video_status video_delete retrieve_container"
    " list_containers list_container_files vector_store_file_retrieve vector_store_file_content vector_store_list"
    " get_thread get_messages get_assistants delete_assistant get_run cancel_run list_skills retrieve get cancel"
)


@pytest.mark.parametrize("spelling", ["{}", "a{}", "_a{}", "CallTypes.{}", "CallTypes.a{}"])
@pytest.mark.parametrize("verb", READING.split())
def test_reading_is_not_using_whatever_tokens_it_repeats(verb, spelling):
    cost = {"response_cost": 0.0} if verb == "retrieve_batch" else {}
    assert read(call_type=spelling.format(verb), **cost).is_usage is False


@pytest.mark.parametrize("kind", ["agenerate_content", "generate_content_stream", "CallTypes.acompletion", "responses"])
def test_using_is_using_though_a_word_of_its_name_reads(kind):
    assert read(call_type=kind, **NOTHING).is_usage


# --- what the proxy refused ---


def failed(provider: str | None = "", api_base: str = "", **why) -> dict:
    """A failure that says where it was: the exception's provider, the address that was asked."""
    information = {"error_code": "401", "error_class": "ProxyException", "llm_provider": provider} | why
    return NOTHING | {"status": "failure", "api_base": api_base, "error_information": information}


@pytest.mark.parametrize(
    ("changes", "usage"),
    [
        (failed(), False),  # a bad key
        (failed(None, error_code="400", error_class="ProxyModelNotFoundError"), False),
        (failed(error_class="BudgetExceededError", error_code="429"), False),
        (failed(error_class="GuardrailRaisedException"), False),
        (failed("openai", error_rate_limit_category="litellm_rate_limit"), False),
        (failed("openai", "https://api.openai.com", error_rate_limit_category="litellm_batch_rate_limit"), False),
        (failed("openai"), True),
        (failed("", "https://api.openai.com/v1"), True),
        (failed("openai", "https://api.openai.com", error_rate_limit_category="vendor_rate_limit"), True),
        (failed() | {"hidden_params": {"api_base": "https://api.openai.com/v1"}}, True),
        (failed() | {"prompt_tokens": 7}, True),  # it was answered, and then turned away
        (failed() | {"error_information": {}}, True),  # it does not say why
        (failed() | {"error_information": None}, True),
        (failed() | {"status": "success"}, True),
    ],
)
def test_what_the_proxy_turns_away_before_any_model_is_no_usage(changes, usage):
    assert read(**changes).is_usage is usage


# --- batches ---


def polled(seconds: int = 0, models: object = ("gpt-4o-2024-08-06",), **changes) -> dict:
    """A batch as it is read, some seconds after the first time: no model, the counts of all its answers."""
    return {
        "id": "batch_1",
        "litellm_call_id": f"poll-{seconds}",
        "call_type": "aretrieve_batch",
        "startTime": START + seconds,
        "model": "",
        "model_group": "",
        "response_cost": 0.0045,
        "hidden_params": {"batch_models": models},
    } | changes


def test_every_poll_of_a_finished_batch_tells_of_one_request():
    polls = [drafted(**polled(seconds)) for seconds in (0, 40, 7 * 86_400 % 1500)]
    assert {(one.id, one.ties.alike) for one in polls} == {("batch_1", "litellm:batch:batch_1")}
    assert {one.ended_at - one.timestamp for one in polls} == {timedelta(days=1)}  # what overlaps is one
    assert {(one.model, one.service_tier, one.input_tokens) for one in polls} == {("gpt-4o-2024-08-06", "batch", 10)}


def test_a_batch_that_says_when_it_was_done_is_the_same_event_at_every_poll():
    done = {"response": {"completed_at": 1795003000}}
    first, second = (drafted(**polled(seconds), **done) for seconds in (0, 40))
    assert first == second
    assert first.timestamp == datetime(2026, 11, 18, 11, 56, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "usage"),
    [
        ({}, True),
        ({"response_cost": 0.0}, True),  # of a model without a price
        ({"hidden_params": {"batch_models": None}, "response_cost": 0.0}, False),  # not finished
        ({"hidden_params": {"batch_models": []}, "response_cost": 0.0}, False),  # nothing of it was answered
        ({"hidden_params": None, "response_cost": 0.0}, False),
        ({"status": "failure"}, False),  # the reading failed
        ({"call_type": "acreate_batch", **NOTHING}, False),
        ({"call_type": "acancel_batch"}, False),
    ],
)
def test_a_batch_counts_when_it_is_finished(changes, usage):
    assert read(**polled() | changes).is_usage is usage


@pytest.mark.parametrize(
    ("models", "named"),
    [
        (["gpt-4o"] * 3, "gpt-4o"),
        (["gpt-4o", "gpt-4o-mini", "gpt-4o-mini"], "gpt-4o-mini"),  # one for each answer
        (["b", "a"], "a"),
        ([None, "", "a"], "a"),
    ],
)
def test_a_batch_of_several_models_is_of_the_one_most_answers_have(models, named):
    assert drafted(**polled(models=models)).model == named


def test_the_tables_name_of_a_batch_is_the_callbacks():
    assert drafted(**polled(id="batch_1_batch_cost")).id == "batch_1"


# --- the same call, told twice ---


def test_a_call_that_is_logged_twice_is_known_by_its_id_and_start():
    first, second = drafted(id="chatcmpl-a"), drafted(id="chatcmpl-b")
    assert first.ties == second.ties
    assert first.response_id != second.response_id


@pytest.mark.parametrize(
    "changes",
    [{"startTime": START + 1}, {"litellm_call_id": "call-2"}],
    ids=["another attempt at it", "another call"],
)
def test_what_begins_otherwise_or_is_called_otherwise_is_another_call(changes):
    assert drafted(**changes).ties != drafted().ties


def test_what_failed_has_no_answer_whose_id_its_attempts_could_share():
    draft = drafted(id="call-1", **failed("openai"))
    assert (draft.id, draft.response_id, draft.status) == ("call-1", None, "error")
