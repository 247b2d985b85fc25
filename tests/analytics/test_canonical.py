"""The canonical model: names as sent beside their models, and what holds for every name."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.canonical import canonical

# Everything a rule looks at, often.
names = st.text(st.sampled_from(list("abFT:/ -.08bmxé\u0130ß")), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("gpt-5.5", "gpt-5.5"),
        ("openai/gpt-5.5", "gpt-5.5"),
        ("azure/gpt-5.5", "gpt-5.5"),
        ("gpt-5.5:beta", "gpt-5.5"),
        ("openrouter/openai/GPT-5.5:free", "gpt-5.5"),
        ("accounts/fireworks/models/llama-v3p1-8b", "llama-v3p1-8b"),
        ("anthropic.claude-sonnet-4-v1:0", "anthropic.claude-sonnet-4-v1"),
        ("ft:gpt-4o-mini:acme::abc", "ft:gpt-4o-mini:acme::abc"),
        ("openai/ft:gpt-4o-mini:acme::abc", "ft:gpt-4o-mini:acme::abc"),
        ("llama3:8b", "llama3:8b"),
        ("ollama/llama3:70b-instruct", "llama3:70b-instruct"),
        ("qwen:1.5b", "qwen:1.5b"),
        ("  GPT-5.5\t", "gpt-5.5"),
        ("mixtral:8x7b", "mixtral:8x7b"),
        ("gemma3:270m", "gemma3:270m"),
        ("gemma3n:e4b", "gemma3n:e4b"),
        ("llama3:8b:free", "llama3:8b"),
        ("llama3:latest", "llama3"),
        ("llama3:8bit", "llama3"),
        ("llama3:v8b", "llama3"),
        ("FT:GPT-4o:Acme::X", "ft:gpt-4o:acme::x"),
        ("notft:x", "notft"),
        (":free", ":free"),
        ("openai/", "openai/"),
        ("openai/:Free", "openai/:free"),
    ],
)
def test_a_name_as_sent_is_shown_as(sent, shown):
    assert canonical(sent) == shown


@given(names)
def test_no_name_becomes_empty_or_keeps_capitals_or_blanks_around_it(name):
    assume(name.strip())
    shown = canonical(name)
    assert shown
    assert shown == shown.lower() == shown.strip()


@given(names)
def test_a_canonical_name_is_its_own_canonical_name(name):
    assume(name.strip())
    assert canonical(canonical(name)) == canonical(name)


@given(st.text(min_size=1, max_size=200))
def test_the_longest_name_fits_its_column(name):
    assume(name.strip())
    assert len(canonical(name)) <= 400
