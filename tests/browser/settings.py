"""The product's settings, but browsers keep static files for an hour, as they keep the hashed ones of production."""

from orgdash.settings import *  # noqa: F403

WHITENOISE_MAX_AGE = 3600
