"""A process that records a file's events, in an order of its own: `python -m tests.analytics.writer FILE SEED`.

It says "ready", waits for a line, and answers with how many it recorded.
"""

import os
import sys
from pathlib import Path
from random import Random

import django


def main(path: str, seed: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    django.setup()
    from analytics.ingest.decoding import decode
    from analytics.ingest.event_rules import check
    from analytics.ingest.resolve import resolve
    from analytics.ledger import record
    from orgdash import clock

    now = clock.now()
    events = resolve([check(decode(line), now) for line in Path(path).read_text().splitlines()])
    Random(seed).shuffle(events)
    print("ready", flush=True)
    sys.stdin.readline()
    results = [record.record_events(events[start : start + 100]) for start in range(0, len(events), 100)]
    print(sum(result.recorded for result in results), sum(result.repeated for result in results), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
