"""The roles of staff: groups that each see what their work needs.

An owner is made a superuser's peer in everything of ours; order staff and catalogue staff see their rooms.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission

OWNER, ORDER_STAFF, CATALOGUE_STAFF = "Owner", "Order staff", "Catalogue staff"

_ROOMS = ("stores", "catalog", "orders", "subscriptions", "checkout")
_ORDER_STAFF = {
    "orders": ("view_order", "change_order", "view_customer", "view_mail"),
    "subscriptions": ("view_subscription", "view_invoice"),
    "checkout": ("view_paymentintent", "view_shippingmethod"),
    "catalog": ("view_product", "view_variant", "view_paymentlink"),
}


def make_roles() -> list[Group]:
    """Make the three groups with their permissions; doing it twice changes nothing."""
    ours = Permission.objects.filter(content_type__app_label__in=_ROOMS)
    return [
        _role(OWNER, [*ours, *Permission.objects.filter(content_type__app_label="auth")]),
        _role(
            ORDER_STAFF,
            [
                permission
                for room, names in _ORDER_STAFF.items()
                for permission in ours.filter(content_type__app_label=room, codename__in=names)
            ],
        ),
        _role(CATALOGUE_STAFF, ours.filter(content_type__app_label="catalog")),
    ]


def _role(name: str, permissions: Iterable[Permission]) -> Group:
    group, _is_new = Group.objects.get_or_create(name=name)
    group.permissions.set(permissions)
    return group
