"""Settings of the web server, which `gunicorn` reads here by itself. Options on its command line win."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

wsgi_app = "config.wsgi"
# A checkout waits for NEXT, and so does its thread.
worker_class = "gthread"
workers = settings.WEB_CONCURRENCY
threads = settings.WEB_THREADS
# For checkouts that wait for NEXT when the server is told to stop.
graceful_timeout = 30
# Longer than proxies keep a connection, so that none is closed as it is reused.
keepalive = 75
# It would be a file in the user's home.
control_socket_disable = True
# Heartbeats of the workers: memory, because a disk may be slow.
if os.path.isdir("/dev/shm"):  # noqa: PTH112
    worker_tmp_dir = "/dev/shm"


def when_ready(server: Any) -> None:
    """Warn about a cache for each process, also if the command line sets the number of processes."""
    from config.deployment_checks import SHARED_CACHE_HINT, caches_apart

    if caches_apart(server.num_workers):
        server.log.warning(
            "%s web processes use an in-memory cache. %s", server.num_workers, SHARED_CACHE_HINT
        )
