"""An event is frozen, and the quick way to make one makes the same."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from analytics.ledger.usage_event import UsageEvent, quickly

NUMBERS = range(len(fields(UsageEvent)))  # a value for each field, no two the same


def test_what_is_made_quickly_is_the_same_event_and_as_frozen():
    event = quickly(*NUMBERS)
    assert (event, type(event)) == (UsageEvent(*NUMBERS), UsageEvent)
    assert replace(event, revision=0) == UsageEvent(*NUMBERS[:22], 0, *NUMBERS[23:])
    with pytest.raises(FrozenInstanceError):
        event.cost = None


@pytest.mark.parametrize("values", [NUMBERS[:-1], [*NUMBERS, 1]])
def test_an_event_is_not_made_quickly_of_fewer_or_more_values(values):
    with pytest.raises(TypeError):
        quickly(*values)
