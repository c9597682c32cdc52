"""Rung when there may be something to deliver."""

import threading

DELIVERY_DUE = threading.Event()
