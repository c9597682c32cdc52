"""The columns of the order list."""

from typing import Any

from django.contrib import admin
from django.template.defaultfilters import date as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nextcommerce.statuses import NextFulfillmentStatus
from orders.models import Order
from stores.dates import format_age
from stores.money import format_money

Status = Order.Status
PAYMENT_BADGES: dict[str, str] = {Status.PAID: "ok", Status.SHIPPING: "ok", Status.CANCELED: "error"}
MAX_ITEMS = 2  # shown of one order


def make_badge(kind: str, text: Any) -> SafeString:
    """Return a chip: `kind` is ok, warn, error, or plain."""
    return format_html('<span class="order-badge order-badge--{}">{}</span>', kind, text)


def describe_payment(order: Order) -> str:
    """Return what became of the payment, without what became of the parcels."""
    if order.status == Status.PENDING:
        return _("Unpaid")
    shown = Status.PAID if order.status == Status.SHIPPING else Status(order.status)
    return str(shown.label)


def describe_shipping(order: Order) -> tuple[str, str]:
    """Return how much of the order has shipped, and the kind of its badge; empty if nothing has to."""
    sent = NextFulfillmentStatus(order.next_fulfillment_status)
    if sent.is_complete:
        return _("Shipped"), "ok"
    is_left = any(
        item.requires_shipping and item.quantity > item.refunded_quantity for item in order.items.all()
    )
    if not is_left or not order.is_paid or order.status not in Order.TO_SHIP_STATUSES:
        return (_("Partly shipped"), "plain") if sent.has_shipped else ("", "")
    return (_("Partly shipped"), "warn") if sent.has_shipped else (_("To ship"), "warn")


def list_flags(order: Order) -> list[tuple[str, str, str]]:
    """Return what stands out about an order of the list: kinds of badges, their texts, and tooltips."""
    flags = [
        ("error", _("Review: %(kind)s") % {"kind": review.get_kind_display()}, str(review.text))
        for review in order.reviews.all()
    ]
    if order.undelivered_emails:  # type: ignore[attr-defined]
        flags.append(("error", _("Email not delivered"), ""))
    if order.is_test:
        flags.append(("plain", _("Test"), ""))
    return flags


class OrderColumns:
    """Mixed into the model admin. Reads only what its `get_queryset` loads for the whole page."""

    @admin.display(description=gettext_lazy("placed"), ordering="created_at")
    def placed(self, order: Order) -> SafeString:
        local = localtime(order.created_at)
        return format_html(
            '<time datetime="{}" title="{}">{}<span class="quiet">{}</span></time>',
            local.isoformat(timespec="seconds"),
            format_date(local, "DATETIME_FORMAT"),
            format_date(local, "SHORT_DATE_FORMAT"),
            format_age(order.created_at),
        )

    @admin.display(description=gettext_lazy("customer"))
    def customer_text(self, order: Order) -> SafeString | str:
        if order.is_erased:
            return _("Erased")
        return format_html('<bdi>{}</bdi><span class="quiet">{}</span>', order.name, order.email)

    @admin.display(description=gettext_lazy("items"))
    def items_text(self, order: Order) -> SafeString:
        items = [item for item in order.items.all() if item.quantity]
        lines = [
            (f"{item.quantity} × ", ", ".join(filter(None, (item.name, item.title))))
            for item in items[:MAX_ITEMS]
        ]
        text = format_html_join("", "{}<bdi>{}</bdi><br>", lines)
        tags = format_html_join(" ", "{}", [[make_badge("plain", tag.name)] for tag in order.tags.all()])
        rest = len(items) - MAX_ITEMS
        if rest <= 0:
            return text + tags
        more = ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest}
        return format_html('{}<span class="quiet">{}</span>{}', text, more, tags)

    @admin.display(description=gettext_lazy("total"), ordering="total")
    def amount(self, order: Order) -> str:
        """Show the total, and what is left of it after refunds."""
        total = format_money(order.total, order.currency)
        if not order.refunded_amount:
            return total
        refunded = format_money(order.refunded_amount, order.currency)
        net = format_money(order.net_total, order.currency)
        note = _("Refunded %(refunded)s of %(total)s.") % {"refunded": refunded, "total": total}
        return format_html('{}<span class="quiet">{}</span>', net, note)

    @admin.display(description=gettext_lazy("status"))
    def status_text(self, order: Order) -> SafeString:
        """Show what became of the payment and of the parcels, and what else stands out."""
        shipping, kind = describe_shipping(order)
        chips = [(PAYMENT_BADGES.get(order.status, "warn"), describe_payment(order), "")]
        chips += [(kind, shipping, "")] if shipping else []
        badge = '<span class="order-badge order-badge--{}"{}>{}</span>'
        rows = (
            (kind, format_html(' title="{}"', tooltip) if tooltip else "", text)
            for kind, text, tooltip in [*chips, *list_flags(order)]
        )
        return format_html_join(" ", badge, rows)
