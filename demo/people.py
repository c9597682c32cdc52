"""The people of the demo's past: shoppers, and the staff who served them."""

from accounts.roles import CATALOG_STAFF, ORDER_STAFF, OWNER
from checkout.buyer import Address

# User name, name, and role. All sign in with the admin's password.
STAFF = (
    ("olivia", "Olivia", "Park", OWNER),
    ("omar", "Omar", "Haddad", ORDER_STAFF),
    ("clara", "Clara", "Jensen", CATALOG_STAFF),
)
ORDER_STAFF_NAME = STAFF[1][0]

_PLACES = (
    ("210 Alder Street", "Portland", "OR", "97205"),
    ("48 Bergen Street", "Brooklyn", "NY", "11201"),
    ("1612 Valencia Street", "San Francisco", "CA", "94110"),
    ("905 Congress Avenue", "Austin", "TX", "78701"),
    ("77 Spring Street", "Asheville", "NC", "28801"),
    ("3300 Ballard Avenue", "Seattle", "WA", "98107"),
)
_NAMES = (
    *(
        "Ada Byron",
        "Ben Carter",
        "Chloe Dubois",
        "Daniel Reyes",
        "Elena Rossi",
        "Felix Braun",
        "Grace Okafor",
    ),
    *("Hana Sato", "Isaac Cohen", "June Parker", "Kofi Mensah", "Lena Fischer", "Mateo Silva", "Nora Walsh"),
    *("Otis Freeman", "Priya Nair", "Quinn Murphy", "Rosa Delgado", "Samuel Young", "Tess Bailey"),
    *("Uma Kapoor", "Victor Lind", "Willa Brooks", "Yusuf Demir", "Zoe Harper"),
)


def build_address(number: int) -> Address:
    """Return name and address of the shopper with this number."""
    first_name, last_name = _NAMES[number].split()
    line1, city, state, postal_code = _PLACES[number % len(_PLACES)]
    return Address(
        first_name=first_name,
        last_name=last_name,
        line1=line1,
        city=city,
        state=state,
        postal_code=postal_code,
        country="US",
    )


def build_email(address: Address) -> str:
    """Return the shopper's email address."""
    return f"{address.first_name}.{address.last_name}@example.com".lower()


SHOPPER_COUNT = len(_NAMES)
