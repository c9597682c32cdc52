"""The roles of staff: groups that each see what their work needs.

An owner is made a superuser's peer in everything of ours; order staff and catalogue staff see their rooms.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission

OWNER, ORDER_STAFF, CATALOG_STAFF = "Owner", "Order staff", "Catalogue staff"

_APPS = ("stores", "catalog", "orders", "subscriptions", "checkout")
_ORDER_STAFF_PERMISSIONS = {
    "orders": ("view_order", "change_order", "view_customer", "view_notification"),
    "subscriptions": ("view_subscription", "view_invoice"),
    "checkout": ("view_paymentintent", "view_shippingmethod"),
    "catalog": ("view_product", "view_variant", "view_paymentlink"),
}


def create_staff_roles() -> list[Group]:
    """Make the three groups with their permissions; doing it twice changes nothing."""
    ours = Permission.objects.filter(content_type__app_label__in=_APPS)
    return [
        _create_role(OWNER, [*ours, *Permission.objects.filter(content_type__app_label="auth")]),
        _create_role(
            ORDER_STAFF,
            [
                permission
                for app, names in _ORDER_STAFF_PERMISSIONS.items()
                for permission in ours.filter(content_type__app_label=app, codename__in=names)
            ],
        ),
        _create_role(CATALOG_STAFF, ours.filter(content_type__app_label="catalog")),
    ]


def _create_role(name: str, permissions: Iterable[Permission]) -> Group:
    group, _is_new = Group.objects.get_or_create(name=name)
    group.permissions.set(permissions)
    return group
