"""Fixtures of all rooms."""

from tests.sandbox_process import sandbox, sandbox_store

__all__ = ["sandbox", "sandbox_store"]
