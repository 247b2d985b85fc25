"""`python -m orgdash.secret_key`: the key `make run` uses, made once and kept beside the embedded server's data."""

import os
import secrets
from pathlib import Path

from orgdash.embedded import data_directory


def kept_key(directory: Path) -> str:
    """The key in `directory`, made when there is none; readable by its owner alone."""
    path = directory / "secret_key"
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


if __name__ == "__main__":
    print(kept_key(data_directory()))  # noqa: T201
