"""API responses about orders and customers. Fields beyond the API guide's are additions (W15)."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from orders.models import Customer, Order, OrderAddress, OrderItem
from orders.total_rows import build_total_parts, list_named_discounts, list_named_taxes
from stores.api.fields import ConstantField, JsonObjectField, StringListField, StringMapField, UnixTimeField
from stores.api.serializers import MoneyField, MoneyResponse, ResponseSerializer, represent_money

# The API guide has no word of its own for an order that was refunded in part (R169, X19).
ORDER_STATUSES = [status for status in Order.Status.values if status != Order.Status.PARTIALLY_REFUNDED]
PRODUCT_SUMMARY_KEYS = ("id", "name", "description", "default_currency")


class OrderCustomerResponse(ResponseSerializer):
    """The shopper (R173). `id` is null until the first payment makes the shopper a customer."""

    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()

    def compute_id(self, order: Order) -> str | None:
        return order.customer_id or order.channel.get("customer_id")


class ShippingAddressResponse(ResponseSerializer):
    """The shipping address (R174). `line2` is omitted when empty."""

    name = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    line1 = serializers.CharField()
    city = serializers.CharField()
    state = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()
    phone = serializers.CharField()
    line2 = serializers.CharField(required=False)

    def compute_line2(self, address: OrderAddress) -> str | None:
        return address.line2 or None


class TaxRegionResponse(ResponseSerializer):
    """The region that taxes the order (R175)."""

    country = serializers.CharField(source="tax_country")
    state = serializers.CharField(source="tax_state")


class OrderProductResponse(ResponseSerializer):
    """The product as sold. The optional fields are only in a single order (R177, R178, X29)."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    default_currency = serializers.CharField()
    active = serializers.BooleanField(required=False)
    collect_shipping_address = serializers.BooleanField(required=False)
    collect_tax_address = serializers.BooleanField(required=False)
    created_at = serializers.IntegerField(required=False, help_text="Unix seconds.")
    updated_at = serializers.IntegerField(required=False, help_text="Unix seconds.")
    version = serializers.IntegerField(required=False)
    metadata = StringMapField(required=False)


class OrderVariantResponse(ResponseSerializer):
    """The variant as sold (X30)."""

    id = serializers.CharField(source="variant_id")
    sku = serializers.CharField()
    option_values = StringMapField()
    price = MoneyField("unit_price", currency="order.currency")
    media_order = StringListField()


class OrderItemResponse(ResponseSerializer):
    """A line, with the fields of the API guide and those of the official clients (R176, R179, X30)."""

    product = OrderProductResponse()
    option_values = StringMapField()
    quantity = serializers.IntegerField()
    unit_price = MoneyField("unit_price", currency="order.currency")
    total = MoneyField("total", currency="order.currency")
    media_order = StringListField()
    product_id = serializers.CharField()
    product_name = serializers.CharField(source="name")
    product_description = serializers.CharField()
    variant_id = serializers.CharField()
    variant = OrderVariantResponse(source="*")
    selling_plan_id = serializers.CharField(allow_null=True)
    custom_text = serializers.CharField()

    def compute_product(self, item: OrderItem) -> dict[str, Any]:
        """Return the product snapshot. An item added in NEXT has only the fields NEXT provides."""
        product = {
            "id": item.product_id,
            "name": item.name,
            "description": "",
            "default_currency": item.order.currency,
            **item.product,
        }
        if self.context.get("full_products"):
            return product
        return {key: product[key] for key in PRODUCT_SUMMARY_KEYS}

    def compute_product_description(self, item: OrderItem) -> str:
        return item.product.get("description", "")

    def compute_selling_plan_id(self, item: OrderItem) -> str | None:
        return item.selling_plan.get("selling_plan_id")


class ChannelResponse(ResponseSerializer):
    """Data from the shopper's ephemeral token (R112, R113, R116)."""

    provider = serializers.CharField()
    order_id = serializers.CharField()
    issued_by = serializers.CharField()
    channel_metadata = JsonObjectField()


class DiscountResponse(ResponseSerializer):
    """What an offer, or the code of a coupon, took off the order."""

    name = serializers.CharField()
    code = serializers.CharField()
    amount = MoneyResponse()


class TaxLineResponse(ResponseSerializer):
    """A tax, added to the prices or included in them. `rate` is a percentage, null if not known."""

    name = serializers.CharField()
    rate = serializers.FloatField(allow_null=True)
    included = serializers.BooleanField()
    amount = MoneyResponse()


class OrderResponse(ResponseSerializer):
    """An order (R171)."""

    # The `full_products` of the context includes all product fields (R178).

    order_number = serializers.CharField(source="number")
    external_id = serializers.CharField()
    created_at = UnixTimeField()
    updated_at = UnixTimeField()
    status = serializers.ChoiceField(choices=ORDER_STATUSES)
    payment_method = serializers.CharField(source="payment_method_label")  # free text (X36)
    total_amount = MoneyField("total")
    customer = OrderCustomerResponse(source="*")
    shipping_address = ShippingAddressResponse(allow_null=True)
    tax_region = TaxRegionResponse(source="*")
    items = OrderItemResponse(many=True)
    # Additions to the API guide.
    currency = serializers.CharField()
    items_amount = MoneyField("items_total")
    shipping_amount = MoneyField("shipping_total")
    tax_amount = MoneyField("tax_total")
    discount_amount = MoneyField("discount_total")
    included_tax_amount = MoneyField("included_tax_total", help_text="Tax that the prices contain.")
    adjustment_amount = MoneyField(
        "adjustment_total", help_text="What NEXT's total has beyond its own parts, usually 0."
    )
    discounts = DiscountResponse(many=True)
    tax_lines = TaxLineResponse(many=True)
    refunded_amount = MoneyField("refunded_amount")
    verification_amount = MoneyField(
        "verification_amount",
        help_text="The part of the total that only verified the payment of a free trial. "
        "Its refund leaves the order Paid.",
    )
    paid_at = UnixTimeField(allow_null=True)
    is_test = serializers.BooleanField()
    payment_link_id = serializers.CharField(allow_null=True)
    next_order_number = serializers.CharField(allow_null=True)
    channel = ChannelResponse(allow_null=True)

    def compute_status(self, order: Order) -> str:
        is_partial = order.status == Order.Status.PARTIALLY_REFUNDED
        return Order.Status.REFUNDED if is_partial else order.status

    def compute_items(self, order: Order) -> list[OrderItem]:
        # An item removed in NEXT is still a row, with a quantity of 0.
        return [item for item in order.items.all() if item.quantity]

    def compute_discounts(self, order: Order) -> list[dict[str, Any]]:
        return [
            {
                "name": discount.name,
                "code": discount.code,
                "amount": represent_money(discount.amount, order.currency),
            }
            for discount in list_named_discounts(build_total_parts(order))
        ]

    def compute_tax_lines(self, order: Order) -> list[dict[str, Any]]:
        return [
            {
                "name": tax.name,
                "rate": tax.rate,
                "included": tax.is_included,
                "amount": represent_money(tax.amount, order.currency),
            }
            for tax in list_named_taxes(build_total_parts(order))
        ]

    def compute_payment_link_id(self, order: Order) -> str | None:
        return order.payment_link_id or None

    def compute_channel(self, order: Order) -> dict[str, Any] | None:
        defaults: dict[str, Any] = {"provider": "", "order_id": "", "issued_by": "", "channel_metadata": {}}
        return defaults | order.channel if order.channel else None


class SingleOrderResponse(OrderResponse):
    """The order twice: in `order` for the API guide, and at the top level for the official clients (W6)."""

    order = OrderResponse(source="*")


class OrderListResponse(ResponseSerializer):
    """One page of orders (R170)."""

    orders = OrderResponse(many=True)
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total = serializers.IntegerField()


class CustomerResponse(ResponseSerializer):
    """A customer. The three totals are whole cents."""

    # Needs a customer with `orders.customers.with_payment_totals` and `store` loaded.

    id = serializers.CharField()
    object = ConstantField("customer")
    created = UnixTimeField(source="created_at")
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    merchant_uuid = serializers.CharField()
    description = serializers.CharField()
    metadata = StringMapField()
    currency = serializers.CharField(source="store.currency")
    total_expense = serializers.IntegerField()
    total_payment = serializers.IntegerField()
    total_refund = serializers.IntegerField()

    def compute_total_expense(self, customer: Customer) -> int:
        return to_cents(_paid(customer) - _refunded(customer))

    def compute_total_payment(self, customer: Customer) -> int:
        return to_cents(_paid(customer))

    def compute_total_refund(self, customer: Customer) -> int:
        return to_cents(_refunded(customer))


class CustomerListResponse(ResponseSerializer):
    """One page of customers."""

    customers = CustomerResponse(many=True)
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()


class PaymentMethodsResponse(ResponseSerializer):
    """Always empty: Link stores payment methods, not this shop."""

    payment_methods = serializers.ListField(child=JsonObjectField())


class EphemeralTokenResponse(ResponseSerializer):
    """The token, shown only once, and when it expires (R117)."""

    token = serializers.CharField()
    expires_at = UnixTimeField()


def to_cents(amount: Decimal) -> int:
    """Return the amount in whole cents."""
    return int(amount * 100)


def _paid(customer: Customer) -> Decimal:
    return getattr(customer, "paid", Decimal(0))


def _refunded(customer: Customer) -> Decimal:
    return getattr(customer, "refunded", Decimal(0))
