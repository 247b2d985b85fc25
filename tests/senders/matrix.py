"""Runs the programs of many real senders against a running server, and prints what was called and what was counted.

`python -m tests.senders.matrix [--spans] [WORD…]`: the rows that have one of the words in their name, else all. Ends
with 1 where anything differs. `--spans` prints what was sent, too.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.clients.conftest import Live, client_environment, founded, running
from tests.clients.founding import found
from tests.prepared import migrated
from tests.senders.models import Models, serving
from tests.senders.proof import Relay, cost, different, expected
from tests.senders.rows import ROWS, Row
from tests.senders.wire import FIRST_OUTPUT
from tests.servers import ROOT

SHOWN = (
    "usage",
    "token",
    "model",
    "system",
    "provider",
    "operation",
    "kind",
    "response.id",
    "error",
    "type",
    "cost",
    "Metadata",
)
HEAD = ("sender", "versions", "calls made", "counted", "input", "output", "cached", "written", "reasoning", "cost", "")
NUMBERS = ("inputTokens", "outputTokens", "cachedInputTokens", "cacheWriteTokens", "reasoningTokens", "cost")
JS = ROOT / "tests" / "senders" / "js"


@dataclass(frozen=True, slots=True)
class Outcome:
    row: Row
    problems: list[str]


def main(arguments: list[str]) -> int:
    words = [word for word in arguments if not word.startswith("--")]
    rows = [row for row in ROWS if not words or any(word in row.name for word in words)]
    models = Models()
    print(table(HEAD), table(["---"] * len(HEAD)), sep="\n", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(found(migrated(Path(folder) / "data"), "first")) as live,
        serving(models) as address,
    ):
        outcomes = [
            outcome(number, row, live, models, address, "--spans" in arguments) for number, row in enumerate(rows)
        ]
    wrong = [one for one in outcomes if one.problems]
    for one in wrong:
        print(f"{one.row.name}: {'; '.join(one.problems)}", file=sys.stderr)
    return 1 if wrong else 0


def outcome(number: int, row: Row, live: Live, models: Models, address: str, spans: bool) -> Outcome:
    models.taken()
    company, relay = founded(live, f"sender-{number}"), Relay(live.url)
    with serving(relay) as exported:
        said = run(row, address, exported, company.secret)
    answered = models.taken()
    wanted, totals = expected(answered, row), company.activity()["totals"]
    problems = [*said, *different(wanted, totals), *([] if answered else ["no calls were made"])]
    print(
        f"{'≠' if problems else '='} {row.name}: {relay.became}", *problems, sep="\n    ", file=sys.stderr, flush=True
    )
    if spans:
        print(*relay.spans(lambda name: any(word in name for word in SHOWN)), sep="\n", file=sys.stderr, flush=True)
    counts = [f"{totals[name]:,}" if name != "cost" else f"${totals[name]:f}" for name in NUMBERS]
    verdict = "differs" if problems else said_of(row, sum((cost(one) for one in answered), Decimal(0)))
    cells = [row.name, versions(row), str(len(answered)), str(totals["requestCount"]), *counts, verdict]
    print(table(cells), flush=True)
    return Outcome(row, problems)


def said_of(row: Row, really: Decimal) -> str:
    """What a row is whose counts are those that its senders tell; `really` is what its calls cost."""
    untold = [f"no {words.replace('_', ' ')}" for words in row.untold]
    words = [f"told: {', '.join(untold)}"] if untold else []
    words += [f"of each stream {FIRST_OUTPUT} output token more: {row.adds_first}"] if row.adds_first else []
    cost = f"\\${really.normalize():f}"
    if row.twice:
        calls = f"{row.twice_of} counted twice" if row.twice_of else "counted twice"
        return "; ".join([f"{calls}: {row.twice} (the calls cost {cost})", *words])
    return "; ".join([f"equal to what is told (the calls cost {cost})", *words]) if words else "equal"


def run(row: Row, address: str, exported: str, secret: str) -> list[str]:
    """What the program had to complain of."""
    environment = client_environment(
        MODELS=address,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{exported}/v1/traces",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS=f"Authorization=Bearer%20{secret}",
        ORGDASH=exported,
        SECRET=secret,
        **row.environment,
    )
    command = [str(python(row)), "-m", f"tests.senders.programs.{row.program}", row.name]
    if row.js:
        command = ["node", str(JS / f"{row.program}.mjs"), row.name]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    return [] if done.returncode == 0 else [(done.stdout + done.stderr)[-3000:]]


def python(row: Row) -> Path:
    return ROOT / ".venv-senders" / row.group / "bin" / "python"


def versions(row: Row) -> str:
    if row.js:
        packages = [json.loads((JS / "node_modules" / name / "package.json").read_text()) for name in row.packages]
        return ", ".join(f"{one['name']} {one['version']}" for one in packages)
    ask = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    done = subprocess.run([python(row), "-c", ask, *row.packages], check=True, capture_output=True, text=True)
    found = done.stdout.split()
    return ", ".join(f"{name} {version}" for name, version in zip(row.packages, found, strict=True))


def table(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
