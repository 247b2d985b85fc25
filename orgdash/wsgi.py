"""What `gunicorn orgdash.wsgi` serves."""

import os

from django.core.wsgi import get_wsgi_application

from orgdash import sight

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
sight.serve()
application = get_wsgi_application()
