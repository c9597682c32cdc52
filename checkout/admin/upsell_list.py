"""The columns of the upsell list: when each is shown, what it offers, and what follows."""

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from checkout.models import Upsell
from checkout.upsells.selection import calculate_upsell_price
from checkout.upsells.sequence import explain_upsells, list_store_upsells
from stores.admin_changelists import StoreChangeList
from stores.money import format_money


class UpsellChangeList(StoreChangeList):
    """Gives each row its place among the upsells of its store, its notes, and what follows it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        upsells = list_store_upsells({row.store_id for row in rows})
        by_id = {upsell.pk: upsell for upsell in upsells}
        notes = explain_upsells(upsells)
        for row in rows:
            row.notes = notes[row.pk]
            row.follow_up_on_accept = by_id.get(row.follow_up_on_accept_id)
            row.follow_up_on_decline = by_id.get(row.follow_up_on_decline_id)
        self.result_list = rows


def describe_trigger(upsell: Upsell) -> str:
    """Return after which orders the upsell is shown."""
    texts = {
        Upsell.Trigger.ANY: _("after any order"),
        Upsell.Trigger.FOLLOWS: _("after another upsell only"),
        Upsell.Trigger.PRODUCT: _("after an order with %(name)s") % {"name": upsell.product},
        Upsell.Trigger.LINK: _("after an order through the link %(name)s")
        % {"name": upsell.link.title if upsell.link else ""},
        Upsell.Trigger.AMOUNT: _("after an order of at least %(amount)s")
        % {"amount": format_money(upsell.min_order_total or 0, upsell.store.currency)},  # type: ignore[arg-type]
    }
    return texts[Upsell.Trigger(upsell.trigger)]


def describe_offer(upsell: Upsell) -> str:
    """Return what is offered and for how much."""
    price = format_money(calculate_upsell_price(upsell), upsell.variant.product.default_currency)
    text = f"{upsell.variant}, {price}"
    return f"{upsell.quantity} × {text}" if upsell.quantity > 1 else text


def describe_follow_ups(upsell: Upsell) -> SafeString:
    """Return what follows an accepted and a declined upsell."""
    rows = [
        (_("Accepted:"), upsell.follow_up_on_accept),
        (_("Declined:"), upsell.follow_up_on_decline),
    ]
    found = [(label, follow_up.name) for label, follow_up in rows if follow_up]
    if not found:
        return format_html("<span>{}</span>", _("thank-you page"))
    return format_html_join("", '<div><span class="quiet">{}</span> {}</div>', found)


def describe_notes(notes: list[str]) -> SafeString:
    return format_html_join("", '<p class="upsell-note">{}</p>', ((note,) for note in notes))
