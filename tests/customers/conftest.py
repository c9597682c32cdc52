from tests.api_caller import api, other_store, store

__all__ = ["api", "other_store", "store"]
