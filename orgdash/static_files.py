"""How static files are named: hashed, compressed, and our modules import each other by their hashed names too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # says nothing of its types
    # Without it a module imported by another keeps its old contents in browsers after a deployment. Only our own: what
    # looks like an import in the comments of a third party's file would stop everything.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
