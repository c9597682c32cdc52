"""Writing the addresses of an order."""

from collections.abc import Mapping

from orders.models import Order, OrderAddress

ADDRESS_FIELDS = (
    *("name", "first_name", "last_name", "line1", "line2"),
    *("city", "state", "postal_code", "country", "phone"),
)


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
