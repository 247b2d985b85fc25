"""Drop old months of the request log. What was sent of them is refused from then on; the sums stay."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import Organization
from analytics.ingest import deliveries
from analytics.ledger import retention
from analytics.ledger.request_log import Month
from orgdash import clock
from orgdash.durations import duration

# What a sender may be late and its clock be off, and the time it may repeat what was not answered.
SHORTEST, LONGEST = timedelta(days=2), timedelta(days=36600)


def kept(text: str) -> timedelta:
    length = duration(text)
    if length is None or length > LONGEST:
        raise CommandError(f"--keep: must be a time such as 90d or 26w, at most {LONGEST.days}d, got {text!r}")
    if length < SHORTEST:
        raise CommandError(
            f"--keep: must be at least {SHORTEST.days}d (m is minutes), for senders may be a day late, got {text!r}"
        )
    return length


def many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


class Command(BaseCommand):
    help = "Drop the request log's months (UTC) that are older than --keep, whole. The sums stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep", required=True, metavar="90d", help="how far back the log must reach at least")
        parser.add_argument("--dry-run", action="store_true", help="say what would be dropped, and drop nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        before = now - kept(options["keep"])
        if not options["dry_run"]:
            deliveries.forget(now)
        work, would = (retention.counted, "would be ") if options["dry_run"] else (retention.drop, "")
        old = retention.old_months(before)
        if not old:
            self.stdout.write(f"nothing to drop: no month of the log was over at {before:%Y-%m-%d %H:%M} UTC")
            return
        horizons: dict[int, datetime] = {}
        requests: Counter[int] = Counter()
        for month in tqdm(old, desc="prune", unit="month", disable=None):
            dropped = self.dropped(month, work)
            requests.update(dropped.requests)
            horizons |= dict.fromkeys(dropped.requests, month.end)
            what = f"{many(dropped.requests.total(), 'request')} of {many(len(dropped.requests), 'organization')}"
            self.say(f"{month}: {what} {would}dropped")
        self.tell(requests, horizons, would)
        self.stdout.write(f"{many(len(old), 'month')}, {many(requests.total(), 'request')} {would}dropped")

    def dropped(self, month: Month, work: Callable[[Month], retention.Dropped]) -> retention.Dropped:
        try:
            return work(month)
        except retention.LogBusyError:
            raise CommandError(
                f"{month}: the log was in use all the time, so this month and later ones were not dropped;"
                " once reconcile and rebuilds are over, run prune again"
            ) from None

    def tell(self, requests: Counter[int], horizons: dict[int, datetime], would: str) -> None:
        names = dict(Organization.objects.filter(pk__in=horizons).values_list("pk", "public_id"))
        for number in sorted(horizons):
            name, horizon = names.get(number, f"#{number}"), f"{horizons[number]:%Y-%m-%d %H:%M} UTC"
            self.say(f"{name}: {many(requests[number], 'request')} {would}dropped, the log begins at {horizon}")

    def say(self, text: str) -> None:
        with tqdm.external_write_mode(nolock=True):
            self.stdout.write(text)
