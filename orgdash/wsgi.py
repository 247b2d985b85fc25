"""What `gunicorn orgdash.wsgi` serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
application = get_wsgi_application()
