from .api_key import ApiKey
from .call_slot import CallSlots
from .store import Store

__all__ = ["ApiKey", "CallSlots", "Store"]
