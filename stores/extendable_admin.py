"""Model admins that apps above the model's own app can extend.

Each model is registered once, by its own app, as an `ExtendableAdmin`. Apps above extend it when their own
`admin` package is imported:

    OrderAdmin.register_panels(build_payment_panels)
    OrderAdmin.register_view("<str:order_id>/check/", check_order_view, name="orders_order_check")
    CustomerAdmin.register_action(export_as_json)
    StoreAdmin.register_save_hook(warn_of_open_payments)

A page that joins several apps and is not about a single object is a view of its own instead.
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
    """A section of an object's page: its slot, its template, and context added to the page's own."""

    slot: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


# Called as (model admin, request, object).
PanelBuilder = Callable[[Any, HttpRequest, Any], Iterable[AdminPanel]]
# Called as (model admin, request, route parameters).
AddedView = Callable[..., HttpResponseBase]
# Called as (model admin, request, queryset).
AdminAction = Callable[[Any, HttpRequest, Any], HttpResponseBase | None]
# Called as (model admin, request, object, form, change). `change` is False for a new object.
SaveHook = Callable[[Any, HttpRequest, Any, Any, bool], None]


class ExtendableAdmin(admin.ModelAdmin):
    """A `ModelAdmin` with panels, views, actions and save hooks registered by apps above.

    `panel_slots` names the places for panels. The page's template renders each with
    `{% admin_panels "slot" %}`, and its context needs `panels` from `build_panels`.
    """

    panel_slots: ClassVar[tuple[str, ...]] = ()
    panel_builders: ClassVar[tuple[PanelBuilder, ...]] = ()
    registered_views: ClassVar[tuple[tuple[str, AddedView, str], ...]] = ()
    save_hooks: ClassVar[tuple[SaveHook, ...]] = ()

    @classmethod
    def register_panels(cls, build: PanelBuilder) -> None:
        """Show the panels that `build` returns on an object's page, after those registered earlier."""
        cls.panel_builders = (*cls.panel_builders, build)

    @classmethod
    def register_view(cls, route: str, view: AddedView, *, name: str) -> None:
        """Serve `view` to staff at `route`, below the list's URL. The view checks permissions itself."""
        cls.registered_views = (*cls.registered_views, (route, view, name))

    @classmethod
    def register_action(cls, action: AdminAction) -> None:
        """Add a list action, decorated with `admin.action`."""
        cls.actions = (*(cls.actions or ()), action)

    @classmethod
    def register_save_hook(cls, hook: SaveHook) -> None:
        """Call `hook` after staff save an object."""
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
        """Return the panels of an object's page by slot. Raises KeyError for an unknown slot."""
        panels: dict[str, list[AdminPanel]] = {slot: [] for slot in self.panel_slots}
        for build in self.panel_builders:
            for panel in build(self, request, obj):
                panels[panel.slot].append(panel)
        return panels
