from .api_key import ApiKey
from .footer_link import FooterLink
from .store import Store
from .tax_rate import TaxRate

__all__ = ["ApiKey", "FooterLink", "Store", "TaxRate"]
