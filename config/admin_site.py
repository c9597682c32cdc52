"""The admin site: its menu, and what signing in to it takes."""

import datetime
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from accounts.two_factor import needs_second_step
from accounts.urls import two_factor_urls
from accounts.views.invitation import accept_invitation_view
from accounts.views.two_factor import StaffRequest, redirect_to_second_step, verify_view
from config.admin_home import build_home_context
from config.admin_menu import build_menu, find_page_title, find_trail
from config.admin_reports import list_report_urls
from config.admin_search import search_view
from stores.rate_limits import limit_posts
from stores.staff_stores import choose_store_view, get_staff_stores

APP_NAMES = {"axes": _("Sign-ins"), "admin": _("Log")}
View = Callable[..., Any]
limit_sign_ins: Callable[[View], View] = limit_posts("sign_in", per_store=False)


# What Django's lists of choices say, as far as its own translations lack it.
SCRIPT_TEXTS = (
    gettext_noop('Choose %s by selecting them and then select the "Choose" arrow button.'),
    gettext_noop("Choose all %s"),
    gettext_noop("Choose selected %s"),
    gettext_noop('Remove %s by selecting them and then select the "Remove" arrow button.'),
    gettext_noop("Remove selected %s"),
    gettext_noop("Remove all %s"),
    gettext_noop("(click to clear)"),
)


class ScriptTexts(JavaScriptCatalog):
    """The texts of the admin's scripts, worded by us where Django doesn't."""

    def get_catalog(self) -> dict[str, Any]:
        ours = {text: gettext(text) for text in SCRIPT_TEXTS}
        return super().get_catalog() | {text: words for text, words in ours.items() if words != text}


class StaffAdminSite(AdminSite):
    """The admin site: its pages are found by the menu (`config.admin_menu`) and by the search."""

    enable_nav_sidebar = False  # the menu is ours

    @method_decorator(limit_sign_ins)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in for a working day, however much the session is used. A shopper's lasts longer."""
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            length = datetime.timedelta(hours=settings.STAFF_SESSION_HOURS)
            request.session.set_expiry(timezone.now() + length)
        return response

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not needs_second_step(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Lead staff who gave only their password to the second step, unless they sign out."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not super(StaffAdminSite, self).has_permission(request) or self.has_permission(request):
                return inner(request, *args, **kwargs)
            if view == self.logout:
                return self.logout(request)
            return redirect_to_second_step(cast(StaffRequest, request))

        return checked

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Django's `view_on_site` leads anyone of the staff to any row's own page. Some of those let their
        # reader act for a shopper.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [
            path("invitation/<str:token>/", limit_sign_ins(accept_invitation_view), name="invitation"),
            path("two-factor/verify/", limit_sign_ins(verify_view), name="two_factor_verify"),
            path("search/", self.admin_view(search_view), name="search"),
            *list_report_urls(self.admin_view),
            path("store/", self.admin_view(choose_store_view), name="choose_store"),
            *two_factor_urls,
            *urls,
        ]

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return ScriptTexts.as_view(packages=["django.contrib.admin"])(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = APP_NAMES.get(app["app_label"], app["name"])
        return apps

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, build_home_context(request) | (extra_context or {}))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if not context["has_permission"]:
            return context
        menu = build_menu(request)
        return context | {
            "menu": menu,
            "trail": find_trail(request, menu),
            "menu_title": find_page_title(request, menu),
            "staff_stores": get_staff_stores(request),
        }
