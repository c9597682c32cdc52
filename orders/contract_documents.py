"""What the law wants a consumer to have in a lasting form with the order confirmation.

Directive 2011/83/EU, Art. 8 (7), Art. 6 (1), and Annex I: consents to start at once, the withdrawal
instructions, the model withdrawal form, and the terms.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.consents import list_early_start_consents
from orders.email_kinds import EmailAttachment
from orders.models import Order


def describe_contract(order: Order) -> dict[str, Any]:
    """Return the context of `orders/emails/_contract`; {} if the store sends no documents.

    The consents are repeated in any case.
    """
    context: dict[str, Any] = {"early_start_consents": list_early_start_consents(order)}
    store = order.store
    if not store.has_contract_documents or order.is_renewal:
        return context
    items = [item for item in order.items.all() if item.quantity]
    return context | {
        "has_contract_documents": True,
        "seller_lines": store.seller_lines,
        # What the period begins with: the delivery of the first parcel, of the last, or the contract.
        "ships": any(item.requires_shipping for item in items),
        "ships_regularly": any(item.requires_shipping and item.selling_plan for item in items),
        "own_instructions": store.withdrawal_instructions.strip(),
        "function_url": f"{store.origin}{reverse('orders:withdraw')}"
        if store.has_withdrawal_function
        else "",
    }


def list_contract_attachments(order: Order) -> tuple[EmailAttachment, ...]:
    """Return the store's terms as they are now, as a text file; none if it sends none."""
    store = order.store
    terms = store.terms.strip() if store.has_contract_documents and not order.is_renewal else ""
    if not terms:
        return ()
    text = terms.replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n"
    # With a mark, so that every program reads it as UTF-8.
    return (EmailAttachment(_("terms") + ".txt", text.encode("utf-8-sig"), "text/plain"),)
