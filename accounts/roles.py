"""Staff roles: groups with the permissions their work needs.

Owners can do everything in the shop's own apps; the others see only their parts.
"""

from collections.abc import Iterable

from django import forms
from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext, gettext_noop

OWNER, ORDER_STAFF, SUPPORT, CATALOG_STAFF = "Owner", "Order staff", "Support", "Catalog staff"
# The groups are found by these names. People read them in their language, unless staff renamed the group.
_NAMES = frozenset(
    (
        gettext_noop("Owner"),
        gettext_noop("Order staff"),
        gettext_noop("Support"),
        gettext_noop("Catalog staff"),
    )
)

_SHOP_APPS = ("stores", "catalog", "orders", "subscriptions", "checkout")
_STAFF_APPS = ("accounts", "auth")  # users, invitations, and groups
# Look orders up, write notes, send emails again. Neither money nor secret addresses.
_SUPPORT_PERMISSIONS = {
    "orders": (
        *("view_order", "change_order", "note_order", "view_customer", "view_notification"),
        *("view_orderreview", "view_pricedifference", "view_paymentrequest", "view_contractnotice"),
    ),
    "subscriptions": ("view_subscription", "view_invoice"),
    "checkout": ("view_paymentintent", "view_shippingmethod", "view_shippingprice"),
    "catalog": ("view_product", "view_variant", "view_paymentlink"),
}
_ORDER_STAFF_PERMISSIONS = {
    **_SUPPORT_PERMISSIONS,
    "orders": (
        *_SUPPORT_PERMISSIONS["orders"],
        *("refund_order", "cancel_order", "export_order", "open_customer_page", "change_pricedifference"),
        *("add_paymentrequest", "change_paymentrequest", "export_paymentrequest"),
        "handle_contractnotice",
    ),
    "subscriptions": (*_SUPPORT_PERMISSIONS["subscriptions"], "change_subscription"),
}


def name_role(role: Group) -> str:
    """Return the role in the reader's language. One that staff named keeps its name."""
    return gettext(role.name) if role.name in _NAMES else role.name


class RoleField(forms.ModelChoiceField):
    """Offers roles by their names."""

    def label_from_instance(self, obj: Group) -> str:
        return name_role(obj)


class RolesField(forms.ModelMultipleChoiceField):
    """Offers several roles by their names."""

    def label_from_instance(self, obj: Group) -> str:
        return name_role(obj)


def create_staff_roles() -> list[Group]:
    """Create the groups, or reset their permissions. Safe to run twice."""
    everything = Permission.objects.filter(content_type__app_label__in=[*_SHOP_APPS, *_STAFF_APPS])
    staff_log = Permission.objects.filter(content_type__app_label="admin", codename="view_logentry")
    return [
        _create_role(OWNER, everything | staff_log),
        _create_role(ORDER_STAFF, _find_permissions(_ORDER_STAFF_PERMISSIONS)),
        _create_role(SUPPORT, _find_permissions(_SUPPORT_PERMISSIONS)),
        _create_role(CATALOG_STAFF, Permission.objects.filter(content_type__app_label="catalog")),
    ]


def _find_permissions(codenames_by_app: dict[str, tuple[str, ...]]) -> list[Permission]:
    return [
        permission
        for app, codenames in codenames_by_app.items()
        for permission in Permission.objects.filter(content_type__app_label=app, codename__in=codenames)
    ]


def _create_role(name: str, permissions: Iterable[Permission]) -> Group:
    group, _is_new = Group.objects.get_or_create(name=name)
    group.permissions.set(permissions)
    return group
