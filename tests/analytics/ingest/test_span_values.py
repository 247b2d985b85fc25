"""Attributes of spans and records, as plain names and values."""

from analytics.ingest.span_values import flat


def test_names_of_megabytes_are_not_multiplied():
    assert flat({"x" * 101: {"a": 1}, "y" * 100: {"a": 1}, "z": 2}) == {"y" * 100 + ".a": 1, "z": 2}
