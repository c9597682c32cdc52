from .api_key import ApiKey
from .footer_link import FooterLink
from .request_count import RequestCount
from .store import Store
from .store_choice import StoreChoice
from .store_health import StoreHealth
from .store_offer import StoreOffer
from .tax_modes import TaxMode, TaxRounding
from .tax_rate import TaxRate, TaxRegion

__all__ = [
    "ApiKey",
    "FooterLink",
    "RequestCount",
    "Store",
    "StoreChoice",
    "StoreHealth",
    "StoreOffer",
    "TaxMode",
    "TaxRate",
    "TaxRegion",
    "TaxRounding",
]
