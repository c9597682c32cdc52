"""Threads of the reconciler for work that may take long. Payments never wait for them."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from django.db import close_old_connections, connections

IDLE_SECONDS = 2.0
STOP_SECONDS = 30.0

logger = logging.getLogger(__name__)


class BackgroundWorker:
    """A thread for each of the works, which are called again and again until the worker is stopped."""

    def __init__(self, works: Mapping[str, Callable[[], Counter[str]]]) -> None:
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=[work], name=name, daemon=True)
            for name, work in works.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the threads finish what they do, and wait for them, but not for long."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _run(self, work: Callable[[], Counter[str]]) -> None:
        while not self._stopped.is_set():
            try:
                done = work()
            except Exception:  # such as a database that is away for a moment
                logger.exception("a round of %s failed", threading.current_thread().name)
                done = Counter()
            if not done:
                close_old_connections()
                self._stopped.wait(IDLE_SECONDS)
        connections.close_all()
