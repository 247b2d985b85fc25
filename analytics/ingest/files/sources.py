"""Where a file's bytes come from: plain, gzip, a zip with one file in it, UTF-16, or standard input; as UTF-8 lines."""

import codecs
import io
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from gzip import GzipFile
from pathlib import Path
from typing import Any, BinaryIO

from analytics.ingest.files.lines import FormatError

STANDARD_INPUT = "-"
_BUFFER = 256 * 1024
_HEAD = 16 * 1024 * 1024  # bytes of the first line that are looked at
_SPOILED = b"\xff"  # no UTF-8 has it, so the line it stands in is refused


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its lines, how large it is as it lies there (None: not known), when it was written, how far it is read.

    `head` is its first line that is not blank.
    """

    lines: "Peeked"
    size: int | None
    written_at: datetime
    position: Callable[[], int]

    @property
    def head(self) -> bytes:
        return self.lines.head


def files(paths: Iterable[str]) -> list[str]:
    """The paths, each folder as its files in order of name; what is hidden in it is left out."""
    found: list[str] = []
    for path in paths:
        if path != STANDARD_INPUT and os.path.isdir(path):
            found += sorted(str(file) for file in Path(path).iterdir() if file.is_file() and file.name[0] != ".")
        else:
            found.append(path)
    return found


@contextmanager
def opened(path: str, now: datetime) -> Iterator[Source]:
    """FormatError: it is not what it seems, here or while it is read. OSError: it cannot be opened."""
    if path == STANDARD_INPUT:
        yield Source(_lines(sys.stdin.buffer), None, now, lambda: 0)
        return
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        position = file.tell if file.seekable() else (lambda: 0)
        written_at = datetime.fromtimestamp(status.st_mtime, UTC)
        yield Source(_lines(file), status.st_size or None, written_at, position)


@contextmanager
def readable() -> Iterator[None]:
    """What the packing of a file can be wrong with, as a FormatError."""
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise FormatError(f"cannot be unpacked: {error}") from None


class Peeked:
    """A stream whose first line that is not blank is known before it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.head = b""
        before = b""
        while line := stream.readline(_HEAD):
            if line.strip() or len(before) > _HEAD:
                self.head = line
                break
            before += line
        self._unread = before + self.head

    def readline(self, size: int = -1, /) -> bytes:
        if not self._unread:
            return self._stream.readline(size)
        end = self._unread.find(b"\n") + 1
        if not end and (size < 0 or len(self._unread) < size):  # a first line longer than the head
            more = self._stream.readline(size - len(self._unread) if size >= 0 else size)
            line, self._unread = self._unread + more, b""
            return line
        end = min(end or len(self._unread), size if size >= 0 else len(self._unread))
        line, self._unread = self._unread[:end], self._unread[end:]
        return line

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of the rest."""
        start, self._unread = self._unread[:size], self._unread[size:]
        return start + self._stream.read(size - len(start))


def _lines(file: Any) -> Peeked:
    with readable():
        stream = io.BufferedReader(file.raw if isinstance(file, io.BufferedReader) else file, _BUFFER)
        start = stream.peek(4)[:4]
        if start.startswith(b"\x1f\x8b"):
            stream = io.BufferedReader(GzipFile(fileobj=stream), _BUFFER)
        elif start == b"PK\x03\x04":
            stream = io.BufferedReader(_only_member(stream), _BUFFER)
        if encoding := _encoding(stream.peek(4)[:4]):
            stream = io.BufferedReader(_AsUtf8(stream, encoding), _BUFFER)
        return Peeked(stream)


def _only_member(stream: io.BufferedReader) -> Any:
    if not stream.seekable():
        raise FormatError("is a zip, which cannot be read from standard input: unpack it, or give its path")
    archive = zipfile.ZipFile(stream)
    members = [
        member for member in archive.infolist() if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        raise FormatError(f"is a zip with {len(members)} files in it: unpack it, and give the folder")
    return archive.open(members[0])


def _encoding(start: bytes) -> str | None:
    """UTF-16 with its mark, or without: then every other byte of what begins a file of text is zero."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(start) == 4 and start[0] and start[2] and not start[1] and not start[3]:
        return "utf-16-le"
    if len(start) == 4 and start[1] and start[3] and not start[0] and not start[2]:
        return "utf-16-be"
    return None


class _AsUtf8(io.RawIOBase):
    """UTF-16 as UTF-8; a half character becomes a byte that spoils its line and no other."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream, self._decoder = stream, codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._ready, self._ended = b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._ready and not self._ended:
            packed = self._stream.read(_BUFFER)
            self._ended = not packed
            self._ready = self._decoded(packed)
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _decoded(self, packed: bytes) -> bytes:
        try:
            return self._decoder.decode(packed, final=not packed).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return _SPOILED
