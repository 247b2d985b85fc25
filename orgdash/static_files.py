"""How static files are named and packed: hashed, compressed, ours without their comments, and our modules import each
other by their hashed names too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# A pseudo-class that stands alone, as in `td :is(a)`.
_ALONE = re.compile(r"(?<=\s)(?=::?[a-z])")


def smaller_css(text: str) -> str:
    """A style sheet that says the same.

    Within @container the package takes `td :is(a)` for a property and its value and drops the blank, which makes it
    another selector; `td *:is(a)` is the same one.
    """
    return str(cssmin(_ALONE.sub("*", text)))


# Packing a package's source maps, which no page asks for, would be most of the work of `collectstatic`.
_NOT_PACKED = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map", "ts", "cjs")
_SMALLER = {"js/": jsmin, "css/": smaller_css}  # our own folders; what third parties bring is left as it is


@dataclass(frozen=True, slots=True)
class _Smaller:
    """A storage whose files are read without comments and needless blanks."""

    storage: Storage

    def open(self, path: str) -> "ContentFile[bytes]":
        with self.storage.open(path) as file:
            text = file.read().decode()
        shrink = next(shrink for folder, shrink in _SMALLER.items() if path.startswith(folder))
        return ContentFile(shrink(text).encode())


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # says nothing of its types
    # Without it a module imported by another keeps its old contents in browsers after a deployment. Only our own: what
    # looks like an import in the comments of a third party's file would stop everything.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )

    def create_compressor(self, **options: Any) -> Compressor:
        return super().create_compressor(**options | {"extensions": _NOT_PACKED})

    def post_process(self, paths: dict[str, tuple[Any, str]], **options: Any) -> Iterator[tuple[str, str, Any]]:
        """The hashed files are made from ours as they are read here; the plain ones stay as written, for DEBUG."""
        ours = {
            name: (_Smaller(source), path) for name, (source, path) in paths.items() if name.startswith(tuple(_SMALLER))
        }
        yield from super().post_process(paths | ours, **options)
