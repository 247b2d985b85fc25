"""The canonical rule against the price catalogue: two thousand names of real routes, beside what they are called."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pytest

from analytics.canonical import canonical

catalogue = pytest.importorskip("genai_prices.data")

FAMILIES = re.compile(r"(?:^|[/.~-])(?:claude|gpt|chatgpt|gemini|o[0-9])(?:-|$)")
# Read with other means than the rule has: words without order, where the rule cuts prefixes and suffixes.
ROUTES = """
free batch regional global us eu au jp apac extended older
anthropic openai google amazon meta mistral mistralai databricks
"""
DATES = re.compile(r"(?<![0-9])(?:20\d\d-?[01]\d-?[0-3]\d|[01]\d-20\d\d|[01]\d-[0-3]\d|[01]\d[0-3]\d)(?![0-9a-z])")
REVISIONS = re.compile(r"-v1(?::\w+)?$|(?<!b)-v\d+:\d+$|-\d:\d$|-00\d(?=$|:)|:0$")


@dataclass(frozen=True, slots=True)
class Listed:
    """A model of the catalogue: the id it is asked for with, and the name it is shown with, where it has one."""

    id: str
    name: str | None


def _listed() -> list[Listed]:
    return [
        Listed(model.id, model.name)
        for provider in catalogue.providers
        for model in provider.models
        if not model.id.startswith("ft:")  # prefixes of names, no names
    ]


LISTED = _listed()


def _words(model: Listed) -> tuple[str, ...]:
    """Name and generation: 'Claude Sonnet 4.5' and claude-4-5-sonnet say the same."""
    text = (model.name or REVISIONS.sub("", model.id.lower().rpartition("/")[2])).lower()
    words = re.split(r"[^a-z0-9]+", re.sub(r"20\d\d-\d\d-\d\d|-20\d{6}", "", text))
    return tuple(sorted(word for word in words if word and word not in ROUTES.split()))


def _forms(models: list[Listed]) -> dict[tuple[str, ...], set[str]]:
    """Name and generation → canonical forms, of those that more than one id carries."""
    ids: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for model in models:
        ids[_words(model)].add(model.id)
    return {words: {canonical(name) for name in names} for words, names in ids.items() if len(names) > 1}


def _numbers(text: str) -> frozenset[str]:
    """Generations and sizes that a name says: 3.1 and 70b; dates and revisions are none."""
    plain = REVISIONS.sub("", DATES.sub("", re.sub(r"(?<=\d)p(?=\d)", ".", text.lower().rpartition("/")[2])))
    return frozenset(re.findall(r"\d+[a-z]?", plain)) - {"0"}


def _clashes() -> Iterator[str]:
    together: dict[str, set[Listed]] = defaultdict(set)
    for model in LISTED:
        together[canonical(model.id)].add(model)
    for form, models in sorted(together.items()):
        for one, other in combinations(sorted(models, key=lambda model: (model.id, model.name or "")), 2):
            if one.id.rpartition("/")[2].lower() != other.id.rpartition("/")[2].lower() and _differ(one, other):
                yield f"{form}: {one.id} ({one.name}) and {other.id} ({other.name})"


def _differ(one: Listed, other: Listed) -> bool:
    if _numbers(one.id) != _numbers(other.id):
        return True
    if not (one.name and other.name):
        return False
    said, also_said = _numbers(one.name), _numbers(other.name)
    return not (said <= also_said or also_said <= said)  # a name may say less


@pytest.mark.parametrize(
    ("label", "models", "floor"),
    [
        ("Claude, GPT, Gemini and o", [model for model in LISTED if FAMILIES.search(model.id.lower())], 0.95),
        ("all families", LISTED, 0.8),
    ],
)
def test_models_of_one_name_and_generation_have_one_canonical_form(label, models, floor, record_property):
    forms = _forms(models)
    apart = {words: found for words, found in forms.items() if len(found) > 1}
    share = 1 - len(apart) / len(forms)
    text = f"{label}: {len(forms) - len(apart)} of {len(forms)} names, {share:.1%}, have one canonical form"
    exceptions = [f"{' '.join(words)}: {', '.join(sorted(found))}" for words, found in sorted(apart.items())]
    record_property("said", "\n    ".join([text, *exceptions] if floor > 0.9 else [text]))
    assert len(forms) > 50, "the catalogue looks otherwise than this test thinks"
    assert share >= floor, "\n".join(exceptions)


def test_no_two_models_whose_names_say_another_generation_or_size_share_one():
    assert len({canonical(model.id) for model in LISTED}) > 500
    assert list(_clashes()) == []
