"""Deletes what is no longer needed, each kind of rows after its own time."""

from collections import Counter

from checkout.privacy import delete_old_webhook_events
from orders.contacts import delete_old_contacts
from orders.contract_notices import delete_old_notices
from orders.ephemeral_tokens import delete_old_tokens
from orders.sign_in import delete_old_sign_ins
from orders.stock_alerts import delete_old_stock_alerts
from stores.rate_limits import delete_old_request_counts


def delete_old_rows() -> Counter[str]:
    """Delete old rows of every kind; return how many of each. Contacts go after what refers to them."""
    return Counter(
        {
            "old tokens": delete_old_tokens(),
            "old stock alerts": delete_old_stock_alerts(),
            "old contacts": delete_old_contacts(),
            "old sign-ins": delete_old_sign_ins(),
            "old request counts": delete_old_request_counts(),
            "old notices": delete_old_notices(),
            "old events": delete_old_webhook_events(),
        }
    )
