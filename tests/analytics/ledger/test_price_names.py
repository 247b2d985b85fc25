"""The names under which a price is looked for."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.canonical import canonical
from analytics.ledger.price_names import book_name, forms
from tests.counting import calls

PARTS = (
    "us. eu. anthropic. amazon. openai/ azure/ models/ ft: claude- sonnet gpt-4o -4-5 -20250929 -v1 :0 :free @ "
    "@20250929 -2024-08-06 : / . -"
)
names = st.one_of(
    st.text(min_size=1, max_size=40),
    st.lists(
        st.sampled_from(PARTS.split()),
        min_size=1,
        max_size=8,
    ).map("".join),
)


@given(names)
def test_the_first_is_the_name_as_sent_and_the_last_the_canonical_one(name):
    assume(name.strip())
    found = forms(name)
    assert found[0] == name.strip().lower()
    assert found[-1] == canonical(name) or found[0] == canonical(name)
    assert len(found) == len(set(found)) <= 25


@given(names)
def test_no_form_is_another_model(name):
    assume(name.strip())
    assert {canonical(form) for form in forms(name)} == {canonical(name)}


@pytest.mark.parametrize(
    ("sent", "among"),
    [
        ("openrouter/anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.5"),
        ("bedrock/us.amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0"),
        ("publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("openai/ft:gpt-4o-mini-2024-07-18:acme::abc", "ft:gpt-4o-mini-2024-07-18:acme::abc"),
        ("llama3:8b:free", "llama3:8b"),
    ],
)
def test_shorter_names_are_tried(sent, among):
    assert among in forms(sent)


@pytest.mark.parametrize(("sent", "not_among"), [("llama3:8b", "llama3"), ("ft:gpt-4o:acme::abc", "gpt-4o")])
def test_what_is_another_model_is_not_tried(sent, not_among):
    assert not_among not in forms(sent)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("GPT-5.5", "gpt-5.5"),
        ("openai/GPT-5.5:beta", "gpt-5.5"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("azure/gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("deepseek/deepseek-r1:free", "deepseek-r1:free"),
        ("ft:gpt-4o:acme::abc", "ft:gpt-4o:acme::abc"),
        ("llama3:8b", "llama3:8b"),
    ],
)
def test_a_row_is_kept_under(given, kept):
    assert book_name(given) == kept


@given(names)
def test_a_row_is_found_under_the_name_it_was_given_as(name):
    assume(name.strip())
    assert book_name(name) in forms(name)


def steps(name: str) -> int:
    """To find the forms of a name that was never asked for."""
    return calls(lambda: forms.__wrapped__(name)).total()


def test_a_path_of_ninety_parts_takes_no_more_steps_than_one_of_ten():
    assert steps("7/" + "a/" * 90) == steps("7/" + "a/" * 10)
    assert steps("a/b" * 90) == steps("a/b" * 10)


@pytest.mark.parametrize("part", ["-v1:0", "openai:", "us.", "-20250929", "@", ":free", "[1m]"])
def test_the_longest_names_have_few_forms_and_take_few_steps(part):
    made = calls(lambda: forms.__wrapped__(("us.a7." + part * 100)[:200]))
    assert made["analytics.canonical.canonical"] <= 25
    assert made.total() < 50_000  # of what is cut off part by part, each round looks at all that is left
