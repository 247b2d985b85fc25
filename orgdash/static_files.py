"""How static files are named: hashed, compressed, and ES modules import each other by their hashed names too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    # Without it a module imported by another keeps its old contents in browsers after a deployment.
    support_js_module_import_aggregation = True
