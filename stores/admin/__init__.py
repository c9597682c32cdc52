"""Admin pages of stores and of their API keys."""

from stores.admin.api_keys import ApiKeyAdmin
from stores.admin.stores import StoreAdmin

__all__ = ["ApiKeyAdmin", "StoreAdmin"]
