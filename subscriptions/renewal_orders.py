"""Creating our order of a renewal that NEXT charged."""

from decimal import Decimal

from catalog import stock
from catalog.models import Variant
from nextcommerce.order_prices import read_line_price, read_shipping_price
from nextcommerce.schemas import NextOrder
from orders.addresses import copy_order_addresses
from orders.models import Order, OrderEvent, OrderItem, OrderReview
from orders.models.order import RENEWAL_KEY_PREFIX
from orders.order_numbers import allocate_order_number, generate_external_id
from orders.order_totals import SoldPrice, find_tax_basis
from orders.reviews import open_review
from orders.snapshot import snapshot_variant
from stores.money import round_money
from subscriptions.models import Subscription
from subscriptions.sentences import RENEWED_AFTER_SOLD_OUT

# The fields of an order item that describe its variant.
VARIANT_FIELDS = (
    *("product_id", "variant_id", "next_variant_id", "name", "sku", "title", "requires_shipping"),
)


def create_renewal_order(*, subscription: Subscription, next_order: NextOrder) -> Order:
    """Create an order for the first order's shopper with the renewal's lines, unpaid until it is mirrored."""
    first, store = subscription.order, subscription.store
    is_included = _find_renewal_tax_basis(subscription=subscription, next_order=next_order)
    shipping = read_shipping_price(next_order)
    copied = (
        *("customer_id", "email", "name", "phone", "language", "tax_country", "tax_state"),
        *("currency", "payment_method", "payment_link_id", "origin", "is_test"),
    )
    shipping_total = shipping.get_charged(is_included=is_included) if shipping else Decimal(0)
    total = next_order.total_incl_tax or Decimal(0)
    order = Order.objects.create(
        store=store,
        checkout_key=f"{RENEWAL_KEY_PREFIX}{next_order.number}"[:64],
        number=allocate_order_number(store=store),
        external_id=generate_external_id(),
        items_total=Decimal(0),
        shipping_total=shipping_total,
        shown_parts={"shipping_total": str(shipping_total)},
        shipping_code=next_order.shipping_code,
        shipping_method=next_order.shipping_method,
        # The mirror itemizes it.
        adjustment_total=total - shipping_total,
        total=total,
        **{name: getattr(first, name) for name in copied},
    )
    copy_order_addresses(source=first, target=order)
    for position, line in enumerate(next_order.lines):
        item_fields = renewed_item_fields(subscription=subscription, variant_id=line.variant_id)
        if not item_fields or not line.quantity:
            continue
        price = read_line_price(next_order, line)
        full_price = price.get_full(is_included=is_included) if price else Decimal(0)
        OrderItem.objects.create(
            order=order,
            position=position,
            unit_price=round_money(full_price / line.quantity),
            quantity=line.quantity,
            next_line_id=line.id,
            **item_fields,
        )
    sell_renewal_stock(order)
    return order


def _find_renewal_tax_basis(*, subscription: Subscription, next_order: NextOrder) -> bool:
    """Return True if the renewal's prices contain its tax. They are those of the subscription's lines."""
    prices = {line.next_variant_id: line.price for line in subscription.lines.all()}
    sold = [
        SoldPrice(line, prices[line.variant_id]) for line in next_order.lines if line.variant_id in prices
    ]
    return find_tax_basis(order=subscription.order, next_order=next_order, sold=sold)


def renewed_item_fields(*, subscription: Subscription, variant_id: int | None) -> dict[str, object]:
    """Return the `OrderItem` fields of a renewed variant: as first sold, or as it is now.

    {} if we don't know the variant; the order's mirror then adds the line from NEXT Commerce.
    """
    lines = [line for line in subscription.lines.all() if line.next_variant_id == variant_id]
    terms = lines[0].terms if lines else {}
    for item in subscription.order.items.all():
        if item.selling_plan and item.next_variant_id == variant_id:
            return {name: getattr(item, name) for name in VARIANT_FIELDS} | {
                "snapshot": item.snapshot | {"selling_plan": terms or item.selling_plan}
            }
    variant = (
        Variant.objects.select_related("product")
        .filter(product__store=subscription.store_id, next_variant_id=variant_id)
        .first()
    )
    return snapshot_variant(variant, selling_plan=terms) if variant else {}


def sell_renewal_stock(order: Order) -> None:
    """Take a renewal's items out of stock. If they are sold out, send the charged order to review."""
    wanted = stock.request_stock((item.variant_id, item.quantity) for item in order.items.all())
    if not stock.sell_stock(reference=order.pk, wanted=wanted):
        open_review(
            order=order,
            kind=OrderReview.Kind.SOLD_OUT,
            text=RENEWED_AFTER_SOLD_OUT.fill(),
            source=OrderEvent.Source.RECONCILER,
        )
