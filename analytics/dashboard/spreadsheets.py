"""A row of a CSV file as text, in which no spreadsheet finds a formula."""

import re
from collections.abc import Iterable

from defusedcsv import csv

CsvRow = Iterable[object]
LINE_END = "\r\n"


def line(cells: CsvRow) -> str:
    """The row with its end; every cell is made safe."""
    text: str = _writer.writerow(map(safe, cells))
    return text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Echo())

# What a spreadsheet takes for a formula also behind blanks and line breaks, behind a semicolon (the separator in many
# countries) and in full-width letters. `defusedcsv` knows the plain beginnings.
_HIDDEN_FORMULA = re.compile(r"((?:^|[;,\t\r\n])[\s\x00-\x20\ufeff]*)(?=[=+\-@|%\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def safe(cell: object) -> object:
    """A text that no spreadsheet executes; numbers stay numbers.

    >>> safe("=1+1"), safe(" =1+1"), safe("a;@SUM(1)"), safe("-2.5"), safe("gpt-5.5"), safe(7)
    ("'=1+1", " '=1+1", "a;'@SUM(1)", '-2.5', 'gpt-5.5', 7)
    """
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    defused = _HIDDEN_FORMULA.sub(r"\1'", cell)
    # A tab or line break at the beginning is taken away by some readers, and with it what stands before the quote.
    return f"'{defused}" if defused[:1] in ("\t", "\r", "\n") else defused
