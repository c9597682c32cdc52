"""WSGI entry point for gunicorn and other servers. Refuses to start with unsafe settings."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402  (Django must be set up first)

from config.checks import refuse_unsafe_settings  # noqa: E402
from nextcommerce.turns import limit_turns  # noqa: E402
from nextcommerce.waiting import limit_waiting  # noqa: E402

refuse_unsafe_settings()
limit_waiting(settings.WEB_THREADS)
limit_turns(settings.WEB_THREADS)
