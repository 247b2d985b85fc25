"""How fast a file of JSON Lines is imported, over what nobody can do without: decoding it, and a row by COPY.

Lines a second are by the clock, commits included, on all cores; those of Python's processor are that process's alone.
"""

import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from tests.bench.ruler import QUICK, Ruler, quiet, spent_ms
from tests.bench.year import Made

LINES, ROUNDS = (10_000, 3) if QUICK else (30_000, 5)
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
COLUMNS = (
    "id text, at timestamptz, key text, provider text, model text, i bigint, o bigint, c bigint, cost numeric, s text"
)


@dataclass(frozen=True, slots=True)
class Log:
    """A gateway's log of 40 API keys and five models: its name here, what it is, how far apart its requests are."""

    name: str
    what: str
    apart: float  # seconds


# In the second almost every line has rows of its own in the sums of its hour, and shares them with no other line.
LOGS = (
    Log("import", "of a million requests a month, 40 API keys, 5 models", 2.6),
    Log("import-sparse", "of 32,000 requests a month: hardly two in the same row of sums", 80),
)


def measure(ruler: Ruler, made: Made) -> None:
    keys = [key.public_id for key in made.keys[:40]]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bench_copied ({COLUMNS})")
        for log in LOGS:
            ruler.chapter(f"Importing {LINES:,} JSON Lines, {log.what}")
            _measure(ruler, log, keys)
        cursor.execute("DROP TABLE bench_copied")


def _measure(ruler: Ruler, log: Log, keys: Sequence[str]) -> None:
    took: dict[str, list[float]] = {"import": [], "decode": [], "copy": [], "python": [], "wall": []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(ROUNDS):
            path = Path(folder) / f"{seed}.jsonl"
            path.write_text("".join(_lines(log, seed, keys)))
            _import(path, took)
            _without_us(path.read_text().splitlines(), took)
    ruler.say(f"{log.name}-over-json-loads", quiet(took["import"]) / quiet(took["decode"]), "x")
    ruler.say(f"{log.name}-over-bare-copy", quiet(took["import"]) / quiet(took["copy"]), "x")
    for name, kind in (("lines-a-second-of-pythons-processor", "python"), ("lines-a-second", "wall")):
        ruler.say(f"{log.name}-{name}", 1000 * LINES / quiet(took[kind]), "lines/s", ">=", 2e4)


def _lines(log: Log, seed: int, keys: Sequence[str]) -> Iterator[str]:
    """In the order of time, from midnight on; those of the next seed a day later."""
    begin = BEGIN + timedelta(days=seed)
    for number in range(LINES):
        chance = random.Random(f"{log.name}-{seed}-{number}")
        yield _line(begin + timedelta(seconds=log.apart * number), chance, keys[number % len(keys)])


def _line(begin: datetime, chance: random.Random, key: str) -> str:
    moment = begin + timedelta(microseconds=chance.randrange(10**6))
    read, said = chance.randrange(100, 20_000), chance.randrange(10, 3000)
    event = {
        "id": f"{chance.getrandbits(128):032x}",
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
        "api_key": key,
        "provider": "openai",
        "model": f"model-{chance.randrange(5)}",
        "input_tokens": read,
        "output_tokens": said,
        "cached_input_tokens": chance.randrange(read),
        "cost_usd": f"{(read * 2.5 + said * 10) / 1e6:.6f}",
        "status": "success",
    }
    return json.dumps(event) + "\n"


def _import(path: Path, took: dict[str, list[float]]) -> None:
    said, began = StringIO(), (spent_ms(), time.process_time(), time.perf_counter())
    call_command("import_usage", path, stdout=said)
    took["import"].append(spent_ms() - began[0])
    took["python"].append(1000 * (time.process_time() - began[1]))
    took["wall"].append(1000 * (time.perf_counter() - began[2]))
    if not said.getvalue().startswith(f"recorded {LINES},"):
        raise RuntimeError(said.getvalue())


def _without_us(lines: Sequence[str], took: dict[str, list[float]]) -> None:
    began = spent_ms()
    events = [json.loads(line) for line in lines]
    took["decode"].append(spent_ms() - began)
    began = spent_ms()
    with connection.cursor() as cursor, cursor.copy("COPY bench_copied FROM STDIN") as copy:
        for event in events:
            copy.write_row(tuple(event.values()))
    took["copy"].append(spent_ms() - began)
