"""Writing the addresses of an order, here and at NEXT."""

from collections.abc import Mapping

from orders.models import Order, OrderAddress

# NEXT requires a last name in addresses, and many people have none.
NO_LAST_NAME = "-"
ADDRESS_FIELDS = (
    *("name", "first_name", "last_name", "line1", "line2"),
    *("city", "state", "postal_code", "country", "phone"),
)


def build_next_address_body(address: Mapping[str, str], *, note: str = "") -> dict[str, str]:
    """Return our address with NEXT's field names; `line4` is the city. A note is for the delivery."""
    body = {
        "first_name": address["first_name"],
        "last_name": address["last_name"] or NO_LAST_NAME,
        "line1": address["line1"],
        "line2": address.get("line2", ""),
        "line4": address["city"],
        "state": address["state"],
        "postcode": address["postal_code"],
        "country": address["country"],
        "phone_number": address["phone"],
        "notes": note,
    }
    required = {"first_name", "last_name", "line1", "line4", "country"}
    return {name: value for name, value in body.items() if value or name in required}


def create_order_addresses(*, order: Order, shipping: Mapping[str, str], billing: Mapping[str, str]) -> None:
    """Create the addresses of an order without any. An empty one is not saved."""
    OrderAddress.objects.bulk_create(
        OrderAddress(order=order, kind=kind, **{name: address.get(name, "") for name in ADDRESS_FIELDS})
        for kind, address in ((OrderAddress.Kind.SHIPPING, shipping), (OrderAddress.Kind.BILLING, billing))
        if address
    )


def copy_order_addresses(*, source: Order, target: Order) -> None:
    """Give an order without addresses those of another order."""
    OrderAddress.objects.bulk_create(
        OrderAddress(
            order=target, kind=address.kind, **{name: getattr(address, name) for name in ADDRESS_FIELDS}
        )
        for address in source.addresses.all()
    )
