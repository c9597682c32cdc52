"""A model's place in the admin, open to the apps above the one that owns the model.

Each model is registered once, by its own app, as an `ExtendableAdmin`. An app above adds its part from its
own `admin` package, when that is imported:

    OrderAdmin.register_panels(build_payment_panels)
    OrderAdmin.register_view("<str:order_id>/check/", check_order_view, name="orders_order_check")
    CustomerAdmin.register_action(export_as_json)
    StoreAdmin.register_save_hook(warn_of_open_payments)

A page that joins several apps and is not about one object of one model is a view of its own instead.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path


@dataclass(frozen=True)
class AdminPanel:
    """A part of an object's page: its place, its template, and what that sees beside the page's context."""

    slot: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


# Called as (model admin, request, object).
PanelBuilder = Callable[[Any, HttpRequest, Any], Iterable[AdminPanel]]
# Called as (model admin, request, and what the route names).
AddedView = Callable[..., HttpResponseBase]
# Called as (model admin, request, queryset).
AdminAction = Callable[[Any, HttpRequest, Any], HttpResponseBase | None]
# Called as (model admin, request, object, form, whether it was there before).
SaveHook = Callable[[Any, HttpRequest, Any, Any, bool], None]


class ExtendableAdmin(admin.ModelAdmin):
    """A `ModelAdmin` with the panels, views, actions and save hooks that apps above registered.

    `panel_slots` names the places for panels, which the page's template marks with
    `{% admin_panels "slot" %}`; the page's context needs `panels`, from `build_panels`.
    """

    panel_slots: ClassVar[tuple[str, ...]] = ()
    panel_builders: ClassVar[tuple[PanelBuilder, ...]] = ()
    registered_views: ClassVar[tuple[tuple[str, AddedView, str], ...]] = ()
    save_hooks: ClassVar[tuple[SaveHook, ...]] = ()

    @classmethod
    def register_panels(cls, build: PanelBuilder) -> None:
        """Show the panels that `build` returns on the page of one object, after those registered before."""
        cls.panel_builders = (*cls.panel_builders, build)

    @classmethod
    def register_view(cls, route: str, view: AddedView, *, name: str) -> None:
        """Answer `route`, below the list's address, with `view` for staff; it checks permissions itself."""
        cls.registered_views = (*cls.registered_views, (route, view, name))

    @classmethod
    def register_action(cls, action: AdminAction) -> None:
        """Offer an action of the list, decorated with `admin.action`."""
        cls.actions = (*(cls.actions or ()), action)

    @classmethod
    def register_save_hook(cls, hook: SaveHook) -> None:
        """Call `hook` each time after staff saved an object."""
        cls.save_hooks = (*cls.save_hooks, hook)

    def get_urls(self) -> list[URLPattern]:
        added = [
            path(route, self.admin_site.admin_view(partial(view, self)), name=name)
            for route, view, name in self.registered_views
        ]
        return [*added, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for hook in self.save_hooks:
            hook(self, request, obj, form, change)

    def build_panels(self, request: HttpRequest, obj: Any) -> dict[str, list[AdminPanel]]:
        """Return the panels of an object's page by slot. Errors: KeyError for an unknown slot."""
        panels: dict[str, list[AdminPanel]] = {slot: [] for slot in self.panel_slots}
        for build in self.panel_builders:
            for panel in build(self, request, obj):
                panels[panel.slot].append(panel)
        return panels
