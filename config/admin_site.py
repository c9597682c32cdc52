"""The admin site and the order of its menu."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext as _

APP_ORDER = ["orders", "subscriptions", "catalog", "checkout", "stores"]


class StaffAdminSite(AdminSite):
    """The admin site. Lists the shop's own apps before those of Django."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "axes":
                app["name"] = _("Sign-ins")
        return sorted(apps, key=lambda app: [*APP_ORDER, app["app_label"]].index(app["app_label"]))
