"""The admin site and the order of its menu."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from stores.rate_limits import limit_posts

APP_ORDER = ["orders", "subscriptions", "catalog", "checkout", "stores", "accounts"]


class StaffAdminSite(AdminSite):
    """The admin site. Lists the shop's own apps before those of Django."""

    @method_decorator(limit_posts("sign_in", per_store=False))  # type: ignore[arg-type]
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().login(request, extra_context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "axes":
                app["name"] = _("Sign-ins")
        return sorted(apps, key=lambda app: [*APP_ORDER, app["app_label"]].index(app["app_label"]))
