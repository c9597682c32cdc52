"""The shopper and the addresses of one checkout: the validated data of its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orders.answers import Answer
from orders.consents import GivenConsent
from stores.payment_methods import LINK
from stores.typed_text import join_name


@dataclass(frozen=True)
class Address:
    """A postal address. `country` is ISO 3166-1 alpha-2. `state` is a code if the country has codes.

    `last_name` is empty for a name of one word.
    """

    first_name: str
    last_name: str
    line1: str
    city: str
    country: str
    line2: str = ""
    state: str = ""
    postal_code: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        return join_name(self.first_name, self.last_name)

    def as_json(self) -> dict[str, str]:
        """Return the address as the API shows it (R174), without an empty `line2`."""
        address = {
            "name": self.name,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "line1": self.line1,
            "line2": self.line2,
            "city": self.city,
            "state": self.state,
            "postal_code": self.postal_code,
            "country": self.country,
            "phone": self.phone,
        }
        return address if self.line2 else {key: value for key, value in address.items() if key != "line2"}


@dataclass(frozen=True)
class Buyer:
    """The shopper of one checkout. `phone` is E.164 or empty."""

    email: str
    first_name: str
    last_name: str
    phone: str = ""
    language: str = "en"
    accepts_marketing: bool = False
    shipping_address: Address | None = None  # None if nothing ships
    billing_address: Address | None = None  # None: same as shipping
    ip: str | None = None
    user_agent: str = ""
    payment_method: str = LINK.code
    # To the questions of the payment link, as the order keeps them.
    answers: tuple[Answer, ...] = ()
    # What they ticked besides the order, as the order keeps it.
    consents: tuple[GivenConsent, ...] = ()
    # From a redeemed ephemeral token (`checkout.token_session.Channel`). Empty without one.
    channel: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return join_name(self.first_name, self.last_name)

    @property
    def country(self) -> str:
        address = self.shipping_address or self.billing_address
        return address.country if address else ""

    @property
    def state(self) -> str:
        address = self.shipping_address or self.billing_address
        return address.state if address else ""
