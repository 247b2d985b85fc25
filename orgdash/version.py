"""Which edition runs: of the product, whose version stands in pyproject.toml and nowhere else, and of the list prices.

orgdash runs from its checkout and is not installed as a package, so there is no metadata to ask; that file is beside
manage.py wherever the product is. Read once, when a process starts.
"""

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
VERSION: str = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["version"]

CATALOGUE = "genai-prices"  # the package of public list prices


@cache
def catalogue_version() -> str:
    """Which edition of the list prices is installed: `0.2.3`."""
    return metadata.version(CATALOGUE)
