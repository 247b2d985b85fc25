"""The organizations and days that a command is about."""

from argparse import ArgumentParser
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from analytics.ledger.clocks import ALL_TIME
from analytics.management import scope


def read(*arguments: str) -> scope.Scope:
    """As the shell has it."""
    parser = ArgumentParser()
    scope.add_arguments(parser)
    return scope.read(vars(parser.parse_args(arguments)))


@pytest.mark.parametrize(
    ("arguments", "first", "end"),
    [
        ((), ALL_TIME[0], ALL_TIME[1]),
        (("--from", "2026-06-20"), date(2026, 6, 20), ALL_TIME[1]),
        (("--to", "2026-06-20"), ALL_TIME[0], date(2026, 6, 21)),  # the last day is included
        (("--from", "2026-06-20", "--to", "2026-06-20"), date(2026, 6, 20), date(2026, 6, 21)),
        (("--from", "2000-01-01", "--to", "2100-12-31"), date(2000, 1, 1), date(2101, 1, 1)),
        (("--from", "2024-02-29", "--to", "2024-12-31"), date(2024, 2, 29), date(2025, 1, 1)),
    ],
)
def test_days_are_from_the_first_up_to_the_last_included(arguments, first, end):
    found = read(*arguments)
    assert (found.first, found.end) == (first, end)


@pytest.mark.parametrize("option", ["--from", "--to"])
@pytest.mark.parametrize(
    "text", ["", "today", "2026-6-20", "20260620", "2026-W25-6", "2026-02-29", "1999-12-31", "2101-01-01"]
)
def test_what_is_no_day_is_refused_by_its_option(option, text):
    with pytest.raises(CommandError) as refused:
        read(f"{option}={text}")
    assert str(refused.value) == f"{option}: must be a day from 2000 to 2100, like 2026-06-20, got '{text}'"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "found"), [((), ["org_acme", "org_other"]), (("--organization", "org_other"), ["org_other"])]
)
def test_it_is_one_organization_or_all_in_the_order_they_came(arguments, found, acme, foreign_key):
    assert [one.public_id for one in read(*arguments).organizations] == found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organization": "org_none"}, "--organization: there is no organization 'org_none'"),
        ({"from_day": "yesterday"}, "--from: must be a day from 2000 to 2100, like 2026-06-20, got 'yesterday'"),
        ({"from_day": "2026-02-29"}, "--from: must be a day from 2000 to 2100, like 2026-06-20, got '2026-02-29'"),
        ({"to_day": "20260620"}, "--to: must be a day from 2000 to 2100, like 2026-06-20, got '20260620'"),
        ({"to_day": "1999-12-31"}, "--to: must be a day from 2000 to 2100, like 2026-06-20, got '1999-12-31'"),
        (
            {"from_day": "2026-06-21", "to_day": "2026-06-20"},
            "--from: must not be after --to, got 2026-06-21 and 2026-06-20",
        ),
    ],
)
def test_arguments_that_cannot_be_are_refused_in_words(options, message, db):
    with pytest.raises(CommandError) as refused:
        call_command("reconcile", **options)
    assert str(refused.value) == message
