"""`python -m orgdash.secret_key`: the key `make run` uses, made once and kept beside the embedded server's data."""

import fcntl
import os
import secrets
import sys
from pathlib import Path

from orgdash.embedded import data_directory


def kept_key(directory: Path) -> str:
    """The key in `directory`, made when there is none; readable by its owner alone.

    An empty file is said on standard error and replaced. Two starts at once have the same key.
    """
    path = directory / "secret_key"
    directory.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(directory / "secret_key.lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = path.read_text().strip() if path.exists() else ""
        if not kept and path.exists():
            print(f"{path} was empty: there is a new key in it, and everybody signs in again.", file=sys.stderr)  # noqa: T201
        return kept or _new(path)


def _new(path: Path) -> str:
    """Renamed into place when it is whole: a start that is killed meanwhile leaves no half of a key."""
    key = secrets.token_urlsafe(48)
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return key


if __name__ == "__main__":
    print(kept_key(data_directory()))  # noqa: T201
