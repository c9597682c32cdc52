from .api_key import ApiKey
from .store import Store

__all__ = ["ApiKey", "Store"]
