"""Staff roles: groups with the permissions their work needs.

Owners can do everything in the shop's own apps; order and catalog staff see only their parts.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission

OWNER, ORDER_STAFF, CATALOG_STAFF = "Owner", "Order staff", "Catalog staff"

_SHOP_APPS = ("stores", "catalog", "orders", "subscriptions", "checkout")
_STAFF_APPS = ("accounts", "auth")  # users and groups
_ORDER_STAFF_PERMISSIONS = {
    "orders": (
        *("view_order", "change_order", "view_customer", "view_notification"),
        *("view_pricedifference", "change_pricedifference"),
    ),
    "subscriptions": ("view_subscription", "view_invoice"),
    "checkout": ("view_paymentintent", "view_shippingmethod", "view_shippingprice"),
    "catalog": ("view_product", "view_variant", "view_paymentlink"),
}


def create_staff_roles() -> list[Group]:
    """Create the three groups, or reset their permissions. Safe to run twice."""
    permissions = Permission.objects.filter(content_type__app_label__in=_SHOP_APPS)
    return [
        _create_role(
            OWNER, Permission.objects.filter(content_type__app_label__in=[*_SHOP_APPS, *_STAFF_APPS])
        ),
        _create_role(
            ORDER_STAFF,
            [
                permission
                for app, codenames in _ORDER_STAFF_PERMISSIONS.items()
                for permission in permissions.filter(content_type__app_label=app, codename__in=codenames)
            ],
        ),
        _create_role(CATALOG_STAFF, permissions.filter(content_type__app_label="catalog")),
    ]


def _create_role(name: str, permissions: Iterable[Permission]) -> Group:
    group, _is_new = Group.objects.get_or_create(name=name)
    group.permissions.set(permissions)
    return group
