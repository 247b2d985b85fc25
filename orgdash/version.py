"""The version, which stands in pyproject.toml and nowhere else.

orgdash runs from its checkout and is not installed as a package, so there is no metadata to ask; that file is beside
manage.py wherever the product is. Read once, when a process starts.
"""

import tomllib
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
VERSION: str = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["version"]
