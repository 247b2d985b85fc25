"""The canonical model: names as sent beside their models, and what holds for every name."""

import csv
import os
import re
import re._parser as expressions
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from analytics import canonical as rules
from analytics.canonical import canonical, priced_name
from analytics.ledger import price_names
from tests.counting import calls
from tests.servers import ROOT

CASES = Path(os.environ.get("CASES_DIR", ROOT / "../shared/cases"))
# Everything a rule looks at, often, in any order.
PARTS = """
us. us-gov. anthropic. deepseek. meta. openai: arn:aws:bedrock:us-east-1:1: openai/ accounts/ ft: databricks-
claude- sonnet opus gemini- flash gpt-35 gpt-4o o3 titan-x r1 nova -4 -4.5 -4-5 -0 -3 -8b .5 -001 -v1 -v2 -v1:0
-1:0 -20250929 -2024-08-06 -0613 -08-2024 -latest -maas -preview -05-06 [1m] @20250514 @ :free :8b :latest :0 :
/versions/2 #accounts/a/b é \u0130 ß Σ
"""
parts = PARTS.split()
names = st.one_of(
    st.lists(st.sampled_from([*parts, " ", "\n"]), min_size=1, max_size=8).map("".join),
    st.text(st.sampled_from(list("abFT:/@ -.08bmxé\u0130ß")), min_size=1, max_size=30),
)


def _cases(name: str) -> list[dict[str, str]]:
    path = CASES / name
    if not path.exists():
        pytest.skip(f"no {name} in {CASES}")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        # routes in front
        ("openai/gpt-5.5", "gpt-5.5"),
        ("azure/eu/gpt-5.5-2026-04-23", "gpt-5.5"),
        ("openrouter/openai/GPT-5.5:free", "gpt-5.5"),
        ("@cf/openai/gpt-oss-120b", "gpt-oss-120b"),
        ("openrouter/~anthropic/claude-opus-latest", "claude-opus"),
        ("openai:gpt-5.5", "gpt-5.5"),
        ("bedrock:us.anthropic.claude-opus-4-20250514-v1:0", "claude-opus-4"),
        ("mistral:7b", "mistral:7b"),
        ("databricks-claude-opus-4-5", "claude-opus-4-5"),
        ("anthropic--claude-4.5-opus", "claude-opus-4-5"),
        ("xai.grok-4", "grok-4"),
        ("  GPT-5.5\t", "gpt-5.5"),
        # Bedrock
        ("apac.anthropic.claude-opus-4-20250514-v1:0", "claude-opus-4"),
        ("claude-opus-4-20250514-v1:0", "claude-opus-4"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("au.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
        ("mx.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),  # a region to come
        ("bedrock/converse/ca.amazon.nova-pro-v1:0", "nova-pro"),
        ("amazon.nova-premier-v1:0:20k", "nova-premier"),
        ("amazon/nova-pro-v1", "nova-pro"),
        ("anthropic.claude-3-sonnet-20240229-v1:0:28k", "claude-3-sonnet"),
        ("anthropic.claude-instant-v1", "claude-instant-v1"),
        ("anthropic.claude-v2:1:18k", "claude-v2:1:18k"),
        ("amazon.titan-embed-text-v1", "titan-embed-text-v1"),
        ("amazon.titan-embed-text-v2:0", "titan-embed-text-v2:0"),
        ("amazon.titan-text-lite-v1", "titan-text-lite-v1"),
        ("cohere.embed-multilingual-v3", "embed-multilingual-v3"),
        ("cohere.rerank-v3-5:0", "rerank-v3-5:0"),
        ("us.deepseek.r1-v1:0", "deepseek-r1"),
        ("deepseek.v3-v1:0", "deepseek-v3"),
        ("openai.gpt-oss-20b-1:0", "gpt-oss-20b"),
        ("qwen.qwen3-32b-v1:0", "qwen3-32b"),
        ("nvidia.nemotron-nano-9b-v2:0", "nemotron-nano-9b-v2"),
        ("us.twelvelabs.pegasus-1-2-v1:0", "pegasus-1-2"),
        ("us.newmaker.model-7-v1:0", "model-7"),  # and a vendor
        ("newmaker.model-7-v2:0", "model-7"),
        ("us.meta.llama4-scout-17b-instruct-v1:0", "llama4-scout-17b-instruct"),
        ("arn:aws:bedrock:eu-west-1::foundation-model/meta.llama3-8b-instruct-v1:0", "llama3-8b-instruct"),
        ("arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.amazon.nova-lite-v1:0", "nova-lite"),
        ("arn:aws:bedrock:us-west-2:123456789012:provisioned-model/q9w8e7", "q9w8e7"),
        ("bedrock/arn:aws:bedrock:us-west-2:123456789012:imported-model/A1b2", "a1b2"),
        ("arn:aws:sagemaker:us-east-1:123456789012:endpoint:chat-prod", "chat-prod"),
        # Vertex and Gemini
        ("vertex_ai/claude-opus-4@default", "claude-opus-4"),
        ("claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet"),
        ("publishers/meta/models/llama-3.3-70b-instruct-maas", "llama-3.3-70b-instruct"),
        ("projects/p/locations/europe-west1/endpoints/4711", "4711"),
        ("models/gemini-1.5-flash-8b-exp-0827", "gemini-1.5-flash-8b-exp"),
        ("gemini-2.0-flash-001", "gemini-2.0-flash"),
        ("gemini-2.5-flash-lite-preview-06-17", "gemini-2.5-flash-lite-preview"),
        ("gemini-2.5-flash-preview-09-2025:thinking", "gemini-2.5-flash-preview:thinking"),
        ("google/gemini-flash-1.5", "gemini-1.5-flash"),
        ("gemini-embedding-001", "gemini-embedding-001"),
        ("text-embedding-004", "text-embedding-004"),
        ("gemini-2.5-pro:streamGenerateContent", "gemini-2.5-pro"),
        # Claude: one order, one spelling
        ("claude-4-opus", "claude-opus-4"),
        ("claude-opus-4-0", "claude-opus-4"),
        ("claude-4.1-opus-20250805", "claude-opus-4-1"),
        ("claude-sonnet-3.7", "claude-3-7-sonnet"),
        ("claude-opus-3", "claude-3-opus"),
        ("claude-4.5-sonnet-thinking", "claude-sonnet-4-5-thinking"),
        ("claude-opus-4-6[1m]", "claude-opus-4-6"),
        ("claude-2.1", "claude-2.1"),
        # snapshots behind
        ("gpt-4-0314", "gpt-4"),
        ("azure/gpt-35-turbo-16k-0613", "gpt-3.5-turbo-16k"),
        ("gpt-4-1106-preview", "gpt-4-1106-preview"),  # the date is not behind: gpt-4-preview was never a name
        ("gpt-4o-realtime-preview-2024-12-17", "gpt-4o-realtime-preview"),
        ("o3-deep-research-2025-06-26", "o3-deep-research"),
        ("gpt-4:0613", "gpt-4"),
        ("grok-2-vision-1212", "grok-2-vision"),
        ("command-a-03-2025", "command-a"),
        ("qwen-max-2025-01-25", "qwen-max"),
        ("glm-4-flashx-250414", "glm-4-flashx"),
        ("jamba-large-1.7-2025-07", "jamba-large-1.7"),
        ("deepseek-chat-v3-0324:free", "deepseek-chat-v3"),
        ("codestral-latest", "codestral"),
        ("mistral-ocr-2512", "mistral-ocr-2512"),  # Mistral OCR 3: year and month are its generation
        ("mixtral-8x7b-32768", "mixtral-8x7b-32768"),
        ("r1-1776", "r1-1776"),
        # deployments and versions
        ("accounts/acme/models/mine#accounts/acme/deployments/ab12", "mine"),
        ("azureml://registries/azure-openai/models/gpt-4o/versions/2", "gpt-4o"),
        (f"replicate/meta/llama-2-70b-chat:{'0f' * 32}", "llama-2-70b-chat"),
        # tags
        ("meta-llama/Llama-3.3-70B-Instruct:groq", "llama-3.3-70b-instruct"),
        ("llama3.1:8b-instruct-q4_K_M", "llama3.1:8b-instruct-q4_k_m"),
        ("hf.co/bartowski/Llama-3.2-3B-GGUF:Q4_K_M", "llama-3.2-3b-gguf:q4_k_m"),
        ("gemma3n:e4b", "gemma3n:e4b"),
        ("llama3:8b:free", "llama3:8b"),
        ("nomic-embed-text:latest", "nomic-embed-text"),
        ("some-model:unknown", "some-model:unknown"),
        # fine-tuned
        ("FT:GPT-4o-2024-08-06:Acme::X", "ft:gpt-4o-2024-08-06:acme::x"),
        ("openai/ft:gpt-4.1:acme/team::7", "ft:gpt-4.1:acme/team::7"),
        ("notft:x", "notft:x"),
        # nothing left
        (":free", ":free"),
        ("@default", "@default"),
        ("openai/", "openai/"),
        ("openai/:Free", "openai/:free"),
        ("us.", "us."),
        ("-latest", "-latest"),
    ],
)
def test_a_name_as_sent_is_shown_as(sent, shown):
    assert canonical(sent) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anthropic.claude-instant-v1", "anthropic.claude-v2"),
        ("amazon.titan-embed-text-v1", "amazon.titan-embed-text-v2:0"),
        ("cohere.embed-english-v3", "cohere.embed-english-v2"),
        ("amazon.nova-2-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("gpt-4-0613", "gpt-4-1106-preview"),
        ("gpt-5-mini-2025-08-07", "gpt-5-nano-2025-08-07"),
        ("o1-pro", "o1"),
        ("claude-opus-4-5", "claude-opus-4"),
        ("claude-opus-4-5", "claude-sonnet-4-5"),
        ("claude-opus-4.6-fast", "claude-opus-4.6"),
        ("gemini-1.5-flash-8b-001", "gemini-1.5-flash-001"),
        ("gemini-2.0-flash-exp", "gemini-2.0-flash-001"),
        ("mistral-ocr-2505", "mistral-ocr-2512"),
        ("llama3.2:1b", "llama3.2:3b"),
        ("llama3.1:8b-instruct-q4_K_M", "llama3.1:8b-instruct-q8_0"),
        ("phi3:3.8b", "phi3:14b"),
        ("grok-3", "grok-3-mini"),
        ("command-r7b-12-2024", "command-r-08-2024"),
        ("text-embedding-004", "text-embedding-005"),
        ("ft:gpt-4o:acme::a", "ft:gpt-4o:acme::b"),
    ],
)
def test_two_models_stay_two(one, other):
    assert canonical(one) != canonical(other)


def test_the_shared_names_are_shown_as_agreed():
    found = {case["model_as_sent"]: canonical(case["model_as_sent"]) for case in _cases("canonical-names.csv")}
    assert found == {case["model_as_sent"]: case["canonical"] for case in _cases("canonical-names.csv")}


def test_the_shared_pairs_stay_apart():
    pairs = [(case["model_a"], case["model_b"]) for case in _cases("canonical-never-merge.csv")]
    assert pairs
    assert [pair for pair in pairs if canonical(pair[0]) == canonical(pair[1])] == []


def test_the_price_book_knows_a_provider_in_lower_case_and_the_canonical_model():
    assert priced_name(" Azure", "azure/gpt-35-turbo-0613") == ("azure", "gpt-3.5-turbo")


@given(names)
def test_no_name_becomes_empty_or_keeps_capitals_or_blanks_around_it(name):
    assume(name.strip())
    shown = canonical(name)
    assert shown
    assert shown == shown.lower() == shown.strip()


@given(names)
@example("us.us.anthropic.anthropic.claude-4.5-sonnet-20250929-latest-v1:0:free:latest")
def test_a_canonical_name_is_its_own_canonical_name(name):
    assume(name.strip())
    assert canonical(canonical(name)) == canonical(name)


@given(st.text(min_size=1, max_size=200))
@example("gpt-35-" + "\u0130" * 193)
def test_the_longest_name_fits_its_column(name):
    assume(name.strip())
    assert len(canonical(name)) <= 400


@pytest.mark.parametrize(
    "part", [*parts, "/", "a", "1", "-", "x/arn", "a-v1:0", "titan--v", "gemini--001", "claude-4-"]
)
def test_the_longest_names_take_few_steps(part):
    made = calls(lambda: canonical((part * 200)[:200]))
    # Each round takes at least one part away, or is the last.
    assert made["analytics.canonical._once"] <= 200 / len(part) + 2
    assert made.total() < 10_000


def repeats_within_repeats(expression: object) -> int:
    """How deep repetitions without an end stand in one another: from two on a name may take for ever."""
    match expression:
        case (expressions.MAX_REPEAT | expressions.MIN_REPEAT, (_, most, repeated)):
            return (most is expressions.MAXREPEAT) + repeats_within_repeats(repeated)
        case expressions.SubPattern() | list() | tuple():
            return max(map(repeats_within_repeats, expression), default=0)
        case _:
            return 0


PATTERNS = {
    f"{module.__name__}.{name}": value.pattern
    for module in (rules, price_names)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_no_pattern_repeats_what_is_repeated(pattern):
    assert repeats_within_repeats(expressions.parse(pattern)) <= 1


def test_a_repetition_of_repetitions_would_be_seen():
    assert repeats_within_repeats(expressions.parse("x(?:a|(?:b+c)*)y?")) == 2
