"""How fast a file of JSON Lines is imported, over what nobody can do without: decoding it, and a row by COPY."""

import json
import random
import tempfile
import time
from collections.abc import Sequence
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


def measure(ruler: Ruler, made: Made) -> None:
    ruler.chapter(f"Importing {LINES:,} JSON Lines")
    keys = [key.public_id for key in made.keys[:40]]
    took: dict[str, list[float]] = {"import": [], "decode": [], "copy": [], "python": [], "wall": []}
    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bench_copied ({COLUMNS})")
        for seed in range(ROUNDS):
            path = Path(folder) / f"{seed}.jsonl"
            path.write_text("".join(_line(number, random.Random(f"{seed}-{number}"), keys) for number in range(LINES)))
            _import(path, took)
            _without_us(path.read_text().splitlines(), took)
        cursor.execute("DROP TABLE bench_copied")
    ruler.say("import-over-json-loads", quiet(took["import"]) / quiet(took["decode"]), "x")
    ruler.say("import-over-bare-copy", quiet(took["import"]) / quiet(took["copy"]), "x")
    ruler.say("import-lines-a-second-of-pythons-processor", 1000 * LINES / quiet(took["python"]), "lines/s", ">=", 2e4)
    ruler.say("import-lines-a-second", 1000 * LINES / quiet(took["wall"]), "lines/s")


def _line(number: int, chance: random.Random, keys: Sequence[str]) -> str:
    """Requests in the order of time, as a gateway's log has them."""
    moment = BEGIN + timedelta(seconds=80 * number, microseconds=chance.randrange(10**6))
    read, said = chance.randrange(100, 20_000), chance.randrange(10, 3000)
    event = {
        "id": f"{chance.getrandbits(128):032x}",
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
        "api_key": keys[number % len(keys)],
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
