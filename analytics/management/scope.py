"""Which organizations and days a command is about: the options of `reconcile` and `rebuild`."""

from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.db.models import QuerySet

from accounts.models import Organization
from analytics.ledger.clocks import ALL_TIME


@dataclass(frozen=True, slots=True)
class Scope:
    """Some organizations, or all, and the days [first, end) of their reporting zones."""

    organizations: QuerySet[Organization]
    first: date
    end: date


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--organization", metavar="ORG", help="one organization (default: all)")
    parser.add_argument("--from", dest="from_day", metavar="D", help="first day, in its reporting time zone")
    parser.add_argument("--to", dest="to_day", metavar="D", help="last day, included")


def read(options: dict[str, Any]) -> Scope:
    """CommandError in words for what cannot be."""
    first = _day("--from", options["from_day"], ALL_TIME[0])
    end = _day("--to", options["to_day"], ALL_TIME[1] - timedelta(days=1)) + timedelta(days=1)
    if first >= end:
        raise CommandError(f"--from: must not be after --to, got {first} and {end - timedelta(days=1)}")
    organizations = Organization.objects.order_by("pk")
    if options["organization"] is not None:
        organizations = organizations.filter(public_id=options["organization"])
        if not organizations:
            raise CommandError(f"--organization: there is no organization {options['organization']!r}")
    return Scope(organizations, first, end)


def _day(option: str, text: str | None, default: date) -> date:
    if text is None:
        return default
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != text or not 2000 <= parsed.year <= 2100:
        raise CommandError(f"{option}: must be a day from 2000 to 2100, like 2026-06-20, got {text!r}")
    return parsed
