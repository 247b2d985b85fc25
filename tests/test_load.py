"""What `make load` takes for a success."""

from collections import Counter

import pytest

pytest.importorskip("aiohttp", reason="`make test` installs it")
from tools.load import Seen, reached


@pytest.mark.parametrize(
    ("page", "door", "good"),
    [
        (Seen([9.0] * 100, Counter({"200": 100})), Seen([0.9] * 100, Counter({"200": 100})), True),
        (Seen([9.0] * 100, Counter({"200": 100})), Seen([0.1] * 98 + [1.1] * 2, Counter({"200": 100})), False),
        (Seen([0.1] * 100, Counter({"200": 99, "503": 1})), Seen([0.1] * 100, Counter({"200": 100})), False),
        (Seen([0.1] * 100, Counter({"200": 100})), Seen([0.1] * 99, Counter({"200": 98, "no answer": 1})), False),
        (Seen([0.1] * 100, Counter({"200": 100})), Seen(), False),
    ],
    ids=["slow pages", "slow doors", "a refused page", "a lost event", "nothing asked"],
)
def test_it_is_reached_without_an_error_and_with_quick_doors(page, door, good):
    assert reached({"page": page, "door": door}) is good
