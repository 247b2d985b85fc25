"""Figures and how they are taken: as processor time, in turn, so that what else the machine does is not in them."""

import operator
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from tests.servers import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"
QUICK = os.environ.get("QUICK", "") not in ("", "0")
COMPARED = {"<=": operator.le, ">=": operator.ge}
SIGNIFICANT = 3  # digits

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the answer. Without a goal (`op` empty) it is a physical limit, or what is only told."""

    name: str
    value: float
    unit: str
    op: str = ""
    goal: float = 0

    @property
    def text(self) -> str:
        return f"{self.value:.{SIGNIFICANT}g}" if self.value < 10**SIGNIFICANT else f"{self.value:.0f}"

    @property
    def verdict(self) -> str:
        return "ok" if COMPARED[self.op](float(self.text), self.goal) else "short"

    @property
    def line(self) -> str:
        if not self.op:
            return f"limit {self.name} {self.text} {self.unit}"
        return f"bench {self.name} {self.text} {self.unit} goal {self.op} {self.goal:g} {self.verdict}"


class Ruler:
    """What was measured, in order; each figure is printed as soon as it is known."""

    def __init__(self) -> None:
        self.chapters: list[tuple[str, list[Figure]]] = []

    def chapter(self, title: str) -> None:
        self.chapters.append((title, []))

    def say(self, name: str, value: float, unit: str, op: str = "", goal: float = 0) -> None:
        figure = Figure(name, value, unit, op, goal)
        self.chapters[-1][1].append(figure)
        print(figure.line, flush=True)


def spent_ms() -> float:
    """Processor time so far of this process and of its PostgreSQL's: what else the machine does is not in it.

    Of a PostgreSQL elsewhere nobody knows; then it is the clock on the wall.
    """
    connection.ensure_connection()
    clock = (~connection.connection.info.backend_pid << 3) | 2  # what clock_getcpuclockid(3) makes of a process
    try:
        return (time.process_time_ns() + time.clock_gettime_ns(clock)) / 1e6
    except OSError:
        return time.perf_counter() * 1000


def in_turn(works: Mapping[str, Work], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every work, `rounds` of each; one round more comes first and does not count."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            began = spent_ms()
            work()
            if turn:
                took[name].append(spent_ms() - began)
    return took


def quiet(times: list[float]) -> float:
    """The lower quartile: what something takes while little else runs."""
    return statistics.quantiles(times, n=4, method="inclusive")[0] if len(times) > 1 else times[0]


def median_ms(work: Work, times: int = 7) -> float:
    return statistics.median(in_turn({"": work}, times)[""])


def write(ruler: Ruler, server: str, took: float) -> None:
    """docs/benchmarks.md: every figure of a whole run, and the machine it is of."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. A figure is a ratio of processor time, of the server and its PostgreSQL",
        "together, measured in turn in one run (the lower quartile of each), so it says the same on a faster or busier",
        "machine. PostgreSQL uses one process for a statement. A page or an answer is measured as a request to",
        "all of the server but its sockets, gzip included. “Bare” is a view that finds out who is signed in and",
        "answers “ok”. “The reference's way” is what is usually built: an hourly table for each dimension, tokens as",
        "text, costs as floats, two statements, and the top groups found in Python.",
        "",
        f"Measured {datetime.now(UTC):%Y-%m-%d} in {took:.0f} s on {_processor()}, {os.cpu_count()} cores,"
        f" {_memory()} GB, Python {platform.python_version()}, {server}.",
        "The organization: 50 projects, 500 API keys, 40 models under 79 names, 10 members, a year of 3.8 million"
        " finest rows, and of the year before days and months; another one of 5,000 API keys.",
    ]
    for title, figures in ruler.chapters:
        lines += ["", f"## {title}", "", "| figure | value | goal | |", "|---|---|---|---|"]
        for one in figures:
            goal, verdict = (f"{one.op} {one.goal:g}", one.verdict) if one.op else ("", "")
            lines.append(f"| {one.name} | {one.text} {one.unit} | {goal} | {verdict} |")
    DOCUMENT.write_text("\n".join(lines).replace("| <=", "| ≤").replace("| >=", "| ≥") + "\n")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
