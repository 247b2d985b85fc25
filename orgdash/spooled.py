"""A long answer is made at once and kept until it is sent: a reader who is slow keeps a file, and no transaction.

The file has no name: it is gone with who reads it, or with the process.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from io import BytesIO
from tempfile import SpooledTemporaryFile
from wsgiref.util import FileWrapper

IN_MEMORY = 1_000_000  # bytes; what is longer is written to the folder for temporary files
PIECE = 65_536  # bytes, of what is sent at once


class NoRoomError(Exception):
    """The folder for temporary files is full, or cannot be written to."""


def kept(pieces: Generator[str]) -> FileWrapper:
    """All of the text as UTF-8, to be sent in pieces; whoever closes it removes it.

    `pieces` are taken and closed before it returns, also where that fails. NoRoomError: it cannot be kept.
    """
    with closing(pieces), ExitStack() as undone:
        file = undone.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        for piece in pieces:
            with _in_words():
                file.write(piece.encode())
        is_short = file.tell() <= IN_MEMORY
        with _in_words():
            file.seek(0)  # with it the last bytes go to the disk
        if is_short:
            return FileWrapper(BytesIO(file.read()), PIECE)
        undone.pop_all()
    return FileWrapper(file, PIECE)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoRoomError("The folder for temporary files took no more") from error
