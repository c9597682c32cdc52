"""The admin's menu, arranged by the work.

To add a page, add a `MenuItem` to its section. The list of a model is shown to those who may view it. For
any other page, name the permissions of which one is needed. A registered model that no item names is under
System.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class MenuItem:
    """A page: its title, the name of its URL, and the permissions of which one opens it."""

    title: str | Promise
    url_name: str
    permissions: tuple[str, ...] = ()

    def is_open_to(self, request: HttpRequest) -> bool:
        """Return True if the request's person may open the page."""
        if self.permissions:
            return any(request.user.has_perm(permission) for permission in self.permissions)
        model_admin = find_model_admin(self.url_name)
        if model_admin is None:
            return self.url_name == "index"
        return model_admin.has_module_permission(request) and model_admin.has_view_or_change_permission(
            request
        )


@dataclass(frozen=True)
class MenuSection:
    """A part of the work. `icon` names a symbol of `admin/_icons.html`."""

    title: str | Promise
    icon: str
    items: tuple[MenuItem, ...]


SYSTEM = _("System")
MENU = (
    MenuSection(_("Home"), "home", (MenuItem(_("Home"), "index"),)),
    MenuSection(
        _("Orders"),
        "orders",
        (
            MenuItem(_("Orders"), "orders_order_changelist"),
            MenuItem(_("Reviews"), "orders_orderreview_changelist"),
            MenuItem(_("Withdrawals and cancellations"), "orders_contractnotice_changelist"),
            MenuItem(_("Tax and discount differences"), "orders_pricedifference_changelist"),
        ),
    ),
    MenuSection(
        _("Subscriptions"),
        "subscriptions",
        (
            MenuItem(_("Subscriptions"), "subscriptions_subscription_changelist"),
            MenuItem(_("Invoices"), "subscriptions_invoice_changelist"),
        ),
    ),
    MenuSection(_("Customers"), "customers", (MenuItem(_("Customers"), "orders_customer_changelist"),)),
    MenuSection(
        _("Products"),
        "products",
        (
            MenuItem(_("Products"), "catalog_product_changelist"),
            MenuItem(_("Categories"), "catalog_category_changelist"),
            MenuItem(_("Options"), "catalog_productoption_changelist"),
            MenuItem(_("Selling plans"), "catalog_sellingplan_changelist"),
            MenuItem(_("Plan groups"), "catalog_sellingplangroup_changelist"),
        ),
    ),
    MenuSection(
        _("Payment links"),
        "links",
        (
            MenuItem(_("Payment links"), "catalog_paymentlink_changelist"),
            MenuItem(_("Payment requests"), "orders_paymentrequest_changelist"),
        ),
    ),
    MenuSection(
        _("Upsells"),
        "upsells",
        (
            MenuItem(_("Upsells"), "checkout_upsell_changelist"),
            MenuItem(_("Answers"), "checkout_upsellattempt_changelist"),
        ),
    ),
    MenuSection(
        _("Discounts"), "discounts", (MenuItem(_("Discounts"), "report_discounts", ("orders.view_order",)),)
    ),
    MenuSection(
        _("Reports"),
        "reports",
        (
            MenuItem(_("Sales"), "report_sales", ("orders.view_order",)),
            MenuItem(_("Products sold"), "report_products", ("orders.view_order",)),
            MenuItem(_("Taxes by region"), "report_taxes", ("orders.view_order",)),
            MenuItem(_("Refunds"), "report_refunds", ("orders.view_order",)),
            MenuItem(_("Payment links"), "report_links", ("orders.view_order",)),
            MenuItem(_("Cart reminders"), "report_reminders", ("orders.view_order",)),
            MenuItem(_("Upsells"), "report_upsells", ("checkout.view_upsell",)),
            MenuItem(_("Subscriptions"), "report_subscriptions", ("subscriptions.view_subscription",)),
        ),
    ),
    MenuSection(
        _("Settings"),
        "settings",
        (
            MenuItem(_("Stores"), "stores_store_changelist"),
            MenuItem(_("Shipping methods"), "checkout_shippingmethod_changelist"),
            MenuItem(_("API keys"), "stores_apikey_changelist"),
            MenuItem(_("Staff"), "accounts_user_changelist"),
            MenuItem(_("Invitations"), "accounts_invitation_changelist"),
            MenuItem(_("Roles"), "auth_group_changelist"),
        ),
    ),
    MenuSection(
        SYSTEM,
        "system",
        (
            MenuItem(_("Payment attempts"), "checkout_paymentintent_changelist"),
            MenuItem(_("Webhook events"), "checkout_webhookevent_changelist"),
            MenuItem(_("Emails"), "orders_notification_changelist"),
            MenuItem(_("Staff log"), "admin_logentry_changelist"),
            MenuItem(_("Sign-ins"), "axes_accesslog_changelist"),
            MenuItem(_("Failed sign-ins"), "axes_accessfailurelog_changelist"),
            MenuItem(_("Locked sign-ins"), "axes_accessattempt_changelist"),
        ),
    ),
)


@dataclass(frozen=True)
class ShownItem:
    """A menu item as one person sees it."""

    title: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True)
class ShownSection:
    """A menu section as one person sees it, with the items they may open."""

    title: str | Promise
    icon: str
    items: list[ShownItem]

    @property
    def is_current(self) -> bool:
        return any(item.is_current for item in self.items)

    @property
    def url(self) -> str:
        return self.items[0].url


@dataclass(frozen=True)
class Trail:
    """Where a page is: its section, its list, and for a page about a part of a row, the row's own page."""

    section: ShownSection
    item: ShownItem
    row_url: str


def find_model_admin(url_name: str) -> Any:
    """Return the model admin of a list's URL name, or None."""
    parts = url_name.split("_")
    if len(parts) != 3 or parts[2] != "changelist":
        return None
    return admin.site._registry.get(apps.get_model(parts[0], parts[1]))


def build_menu(request: HttpRequest) -> list[ShownSection]:
    """Return the sections with a page that the request's person may open."""
    sections = [
        (section, [(item, reverse(f"admin:{item.url_name}")) for item in items if item.is_open_to(request)])
        for section in MENU
        for items in [[*section.items, *(_list_other_items() if section.title is SYSTEM else ())]]
    ]
    urls = [url for _section, items in sections for _item, url in items]
    current = find_current_url(request.path, urls)
    return [
        ShownSection(
            section.title, section.icon, [ShownItem(item.title, url, url == current) for item, url in items]
        )
        for section, items in sections
        if items
    ]


def _list_other_items() -> Iterator[MenuItem]:
    named = {item.url_name for section in MENU for item in section.items}
    for model in admin.site._registry:
        url_name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
        if url_name not in named:
            yield MenuItem(capfirst(str(model._meta.verbose_name_plural)), url_name)


def find_current_url(path: str, urls: list[str]) -> str:
    """Return the menu's URL that the path is at or below, or an empty text. Home is above all others."""
    home = reverse("admin:index")
    above = [url for url in urls if path == url or (url != home and path.startswith(url))]
    return max(above, key=len, default="")


def find_page_title(request: HttpRequest, menu: list[ShownSection]) -> str | Promise:
    """Return the title of one of the menu's own pages, or an empty text for any other."""
    items = (item for section in menu for item in section.items if item.url == request.path)
    return next((item.title for item in items), "")


def find_trail(request: HttpRequest, menu: list[ShownSection]) -> Trail | None:
    """Return the trail of a page that is below one of the menu's; None for the menu's own pages."""
    for section in menu:
        for item in section.items:
            if item.is_current and item.url != request.path:
                below = request.path.removeprefix(item.url).strip("/").split("/")
                is_of_row = len(below) > 1 and below[-1] != "change"
                return Trail(section, item, f"{item.url}{below[0]}/change/" if is_of_row else "")
    return None
