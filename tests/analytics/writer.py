"""Processes that record a file's events at once, each in its own order: `python -m tests.analytics.writer FILE 4`.

Each answers with a line: how many it recorded, and how many were there already.
"""

import multiprocessing
import os
import sys
from pathlib import Path
from random import Random

import django


def main(path: str, processes: str) -> int:
    """What they need is imported and read once; each has its own connection. 1 if any of them failed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    django.setup()
    from django.db import connection

    from analytics.ingest.decoding import decode
    from analytics.ingest.event_rules import check
    from analytics.ingest.resolve import resolve
    from orgdash import clock

    now = clock.now()
    events = resolve([check(decode(line), now) for line in Path(path).read_text().splitlines()])
    connection.close()
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write, args=(events, seed)) for seed in range(int(processes))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return int(any(writer.exitcode for writer in writers))


def write(events: list, seed: int) -> None:
    from analytics.ledger import record

    Random(seed).shuffle(events)
    results = [record.record_events(events[start : start + 100]) for start in range(0, len(events), 100)]
    print(sum(result.recorded for result in results), sum(result.repeated for result in results), flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
