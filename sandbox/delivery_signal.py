"""Rung when there may be something to deliver."""

import threading

WAKE = threading.Event()
