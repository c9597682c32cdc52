"""What an order keeps of the payment link it was bought through."""

from typing import Any

from catalog.free_amount import has_free_amount
from checkout.selection import Selection


def build_link_snapshot(selection: Selection) -> dict[str, Any]:
    """Return what an order keeps of the payment link it was bought through (R107)."""
    link = selection.link
    if link is None:
        return {}
    return {
        "id": link.pk,
        "url": link.url,
        "product_id": link.product_id,
        "metadata": link.metadata,
        "return_url": link.return_url,
        "return_label": link.return_label,
        "returns_at_once": link.returns_at_once,
        "thank_you_text": link.thank_you_text,
        "has_free_amount": has_free_amount(link),
        "is_personal": link.is_personal,
    }
