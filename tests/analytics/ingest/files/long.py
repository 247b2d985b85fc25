"""A stream that is too long to be read whole."""

import io

from analytics.ingest.files.lines import BATCH


class Long(io.RawIOBase):
    """A file longer than any test reads, and counts what it gave."""

    def __init__(self, line: bytes, first: bytes = b"") -> None:
        self.line, self.waiting, self.lines, self.largest = line, first, 0, 0

    def readline(self, size: int = -1) -> bytes:
        assert size > 0, "a line without an upper bound"
        text = self.waiting or self.line
        given, self.waiting = text[:size], text[size:]
        self.lines += 1
        assert self.lines <= 4 * BATCH, "read far more than a batch"
        self.largest = max(self.largest, len(given))
        return given
