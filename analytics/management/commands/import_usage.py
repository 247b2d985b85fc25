"""Usage from files into the log and the sums. Run again, it counts nothing twice."""

import os
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from analytics.ingest import intake
from analytics.ingest.decoding import EventError
from analytics.ingest.files import json_records, mapped, sources
from analytics.ingest.files.azure_traces import AZURE_NAMES, azure_csv
from analytics.ingest.files.detect import format_of, is_json
from analytics.ingest.files.lines import FormatError, Ignored, Line, ahead, json_lines
from analytics.ingest.files.sources import Source
from analytics.ingest.files.vendor_csv import Opened, opened
from analytics.ingest.intake import COUNTED
from analytics.management import import_options
from analytics.management.import_options import Reading
from orgdash import clock, memory

# What may become of a line, in the order of the summary; what makes the command fail; what every summary has.
OUTCOMES = (*COUNTED, "ignored", "mended", "conflicting", "refused")
FAILED, ALWAYS = ("conflicting", "refused"), ("recorded", "repeated", "refused")
NOT_NEW = ("repeated", "ignored", "mended")
NO_NAMES: Mapping[str, str] = {}
INTERRUPTED = 130  # what a shell has of a program that Ctrl-C ended


class Command(BaseCommand):
    help = "Record usage events from files. A second run of a file adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        files = "a file, also as .gz or .zip and in UTF-16; a folder: its files in order of name; -: standard input"
        parser.add_argument("files", nargs="+", metavar="FILE", help=files)
        parser.add_argument(
            "--format",
            choices=import_options.OPTIONS,
            help="default: what the file's header or first line says; docs/imports.md says more of each",
        )
        parser.add_argument("--api-key", metavar="KEY", help="whose the usage is; of an export, all that is not mapped")
        exports = parser.add_argument_group(
            "exports of consoles and gateways",
            "Their times are UTC. What such a file does not say is said at the end. Sums stand at the beginning of "
            "their hour or day; one that had not ended when the file was written is refused.",
        )
        exports.add_argument(
            "--key-map", action="append", metavar="NAME=KEY", help="the API key of what the file calls NAME; repeatable"
        )
        exports.add_argument(
            "--organization", metavar="ORG", help="what the file calls as an API key of ORG is described is that key's"
        )
        exports.add_argument(
            "--map",
            action="append",
            metavar="FIELD=COLUMN",
            help=f"of any other CSV: where a field stands; repeatable. Fields: {', '.join(mapped.FIELDS)}",
        )
        azure = parser.add_argument_group("azure-csv", "what the trace does not say; without prices it has no cost")
        azure.add_argument("--model", metavar="M")
        azure.add_argument("--provider", metavar="P", help="also with --map, where no column says it")
        azure.add_argument("--input-usd-per-1m", metavar="X")
        azure.add_argument("--output-usd-per-1m", metavar="Y")

    def handle(self, *args: Any, **options: Any) -> None:
        self.now, self.options = clock.now(), options
        self.counts: Counter[str] = Counter()
        self.mended: Counter[str] = Counter()  # field → lines of which it could not be used
        self.unsaid: dict[str, None] = {}
        if options["map"] and not options["format"]:
            options["format"] = mapped.KIND
        # So that a wrong option is said before a file is opened.
        given = options["format"]
        self.given = import_options.reading(options, given, self.now) if given else None
        try:
            with memory.garbage_by_hand() as self.collect:
                unread = self.import_files(sources.files(options["files"]))
        except KeyboardInterrupt:
            self.stderr.write(f"interrupted; committed so far: {self.summary()}. Run again, it goes on from there.")
            raise SystemExit(INTERRUPTED) from None
        self.stdout.write(self.summary() + ("" if unread or self.is_new() else ": nothing new"))
        if self.mended:
            fields = ", ".join(f"{name} ({count})" for name, count in sorted(self.mended.items()))
            self.stdout.write(f"recorded without what could not be used: {fields}")
        for words in self.unsaid:
            self.stdout.write(f"not in the file: {words}")
        if unread or any(self.counts[name] for name in FAILED):
            raise SystemExit(1)

    def summary(self) -> str:
        """How many of each are committed: what every import has, and what this one has."""
        return ", ".join(f"{name} {self.counts[name]}" for name in OUTCOMES if name in ALWAYS or self.counts[name])

    def is_new(self) -> bool:
        return any(count for name, count in self.counts.items() if name not in NOT_NEW)

    def import_files(self, paths: list[str]) -> int:
        """How many files could not be read as a whole."""
        self.several = len(paths) > 1
        return sum([not self.import_file(path) for path in paths])

    def import_file(self, path: str) -> bool:
        """False when the file as a whole could not be read."""
        try:
            with sources.readable(), sources.opened(path, self.now) as source:
                self.import_source(source, path)
        except (OSError, FormatError, CommandError) as error:
            if isinstance(error, CommandError) and not self.several:
                raise
            self.complain(f"{path}: {getattr(error, 'strerror', None) or error}")
            return False
        return True

    def import_source(self, source: Source, path: str) -> None:
        found = False
        self.unit, self.names, self.refused_line, self.mended_line = "line", NO_NAMES, 0, 0
        reading, batches = self.batches(source)
        name = os.path.basename(path)
        # disable=None: silent when standard error is not a terminal
        with tqdm(desc=name, total=source.size, unit="B", unit_scale=True, disable=None) as bar:
            for batch in batches:
                found = True
                self.import_batch(batch, f"{path}: " if self.several else "")
                self.collect()
                bar.update(source.position() - bar.n)
        if reading.is_export and not found:
            self.complain(f"{path}: there is no usage in it")

    def batches(self, source: Source) -> tuple[Reading, Iterator[list[Line]]]:
        reading = self.given or import_options.reading(self.options, format_of(source.head), self.now)
        if reading.azure:
            self.names = AZURE_NAMES
            return reading, azure_csv(source.lines, reading.azure, self.now)
        if reading.is_export:
            return reading, self.opened(source, reading).batches
        # A terminal or a pipe may keep a thread waiting for ever; a file does not.
        events = json_lines(source.lines, self.now)
        return reading, ahead(events) if source.size else events

    def opened(self, source: Source, reading: Reading) -> Opened:
        export, keys = reading.export, reading.keys
        if export is None or (is_json(source.head) and reading.kind != mapped.KIND):
            export, file = json_records.opened(source.lines, keys, self.now, source.written_at)
            if self.given and reading.export and export.kind != reading.kind:
                raise FormatError(f"its fields fit --format {export.kind}")
        else:
            file = opened(source.lines, export, keys, self.now, source.written_at)
        self.unsaid |= dict.fromkeys((*export.unknown, *file.missing))
        self.unit, self.names = file.unit, export.names
        return file

    def import_batch(self, batch: list[Line], prefix: str) -> None:
        self.counts["ignored"] += sum(isinstance(line.outcome, Ignored) for line in batch)
        told = [(line, line.outcome) for line in batch if not isinstance(line.outcome, Ignored)]
        outcomes, result = intake.resolve_and_record(import_options.of_living([outcome for _, outcome in told]))
        self.counts.update({name: getattr(result, name) for name in COUNTED} | {"conflicting": len(result.conflicts)})
        for (line, _), outcome in zip(told, outcomes, strict=True):
            if not isinstance(outcome, EventError):
                self.note_mended(line)
            elif line.number != self.refused_line:
                self.counts["refused"] += 1
                self.refused_line = line.number  # all requests of a row are refused as one
                said = EventError(self.names.get(outcome.field or "", outcome.field), outcome.message)
                self.complain(f"{prefix}{self.unit} {line.number}: {said}")
        for conflict in result.conflicts:
            fields = ", ".join(conflict.fields)
            number = told[conflict.index][0].number
            self.complain(f"{prefix}{self.unit} {number}: says another {fields} than what is recorded")

    def note_mended(self, line: Line) -> None:
        """All requests of a row are mended as one."""
        if line.mended and line.number != self.mended_line:
            self.mended_line = line.number
            self.counts["mended"] += 1
            self.mended.update(line.mended)

    def complain(self, text: str) -> None:
        with tqdm.external_write_mode(nolock=True):
            self.stderr.write(text)
