"""What each role may do, as rows of one table: those who invite somebody choose by it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# What people do, and the permissions that it takes.
ACTS: tuple[tuple[str | Promise, frozenset[str]], ...] = (
    (gettext_lazy("Look up orders, customers, and payments"), frozenset({"orders.view_order"})),
    (gettext_lazy("Add notes, send emails again"), frozenset({"orders.note_order", "orders.change_order"})),
    (gettext_lazy("Refund orders"), frozenset({"orders.refund_order"})),
    (gettext_lazy("Cancel orders"), frozenset({"orders.cancel_order"})),
    (gettext_lazy("Handle withdrawals and cancellations"), frozenset({"orders.handle_contractnotice"})),
    (gettext_lazy("Change subscriptions"), frozenset({"subscriptions.change_subscription"})),
    (gettext_lazy("Export orders"), frozenset({"orders.export_order"})),
    (gettext_lazy("Open customers' own pages"), frozenset({"orders.open_customer_page"})),
    (
        gettext_lazy("Export and erase customers' data"),
        frozenset({"orders.export_customer", "orders.erase_customer"}),
    ),
    (
        gettext_lazy("Change products and payment links"),
        frozenset({"catalog.change_product", "catalog.change_paymentlink"}),
    ),
    (gettext_lazy("Request payments by email"), frozenset({"orders.add_paymentrequest"})),
    (gettext_lazy("Change upsells"), frozenset({"checkout.change_upsell"})),
    (gettext_lazy("Change the store's settings"), frozenset({"stores.change_store"})),
    (gettext_lazy("Issue API keys"), frozenset({"stores.add_apikey"})),
    (gettext_lazy("Invite and manage staff"), frozenset({"accounts.add_invitation", "accounts.change_user"})),
)


@dataclass(frozen=True)
class RoleRow:
    """What people do, and for each role whether it may."""

    act: str | Promise
    allowed: tuple[bool, ...]


def list_role_rows(roles: Sequence[Group]) -> list[RoleRow]:
    """Return the rows, without those that none of the roles may do."""
    granted = [
        {
            f"{app}.{codename}"
            for app, codename in role.permissions.values_list("content_type__app_label", "codename")
        }
        for role in roles
    ]
    rows = [RoleRow(act, tuple(needed <= found for found in granted)) for act, needed in ACTS]
    return [row for row in rows if any(row.allowed)]
