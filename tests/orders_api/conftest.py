"""Fixtures: an API client and two stores."""

from tests.api_client import api, other_store, store

__all__ = ["api", "other_store", "store"]
