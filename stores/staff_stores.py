"""The store that staff work in: chosen in the admin's store switch, remembered for each person.

It filters the lists, the home page, and the reports. Its time zone is the one in which the admin shows and
reads times. Pages of a single row show it whatever its store is.
"""

import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from stores.models import Store, StoreChoice


@dataclass(frozen=True)
class StaffStores:
    """The stores to choose from, and the one that was chosen; None means all of them."""

    stores: list[Store]
    chosen: Store | None

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone of the chosen store, or the one that all stores share, or UTC."""
        zones = {self.chosen.time_zone} if self.chosen else {store.time_zone for store in self.stores}
        return zoneinfo.ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")

    @property
    def shown(self) -> list[Store]:
        """The stores whose rows are shown."""
        return [self.chosen] if self.chosen else self.stores


def get_staff_stores(request: HttpRequest) -> StaffStores:
    """Return the stores of this request's person, read once in one query."""
    found: StaffStores | None = getattr(request, "staff_stores", None)
    if found is None:
        choices = StoreChoice.objects.filter(user=request.user.pk, store=OuterRef("pk"))
        # The home page tells of their health.
        with_health = Store.objects.select_related("health").defer("health__next_settings")
        rows = with_health.annotate(is_chosen=Exists(choices)).order_by("name", "pk")
        stores: list[Store] = [*rows]
        chosen = stores if len(stores) == 1 else [store for store in rows if store.is_chosen]
        found = StaffStores(stores, chosen[0] if chosen else None)
        request.staff_stores = found  # type: ignore[attr-defined]
    return found


def choose_store_view(request: HttpRequest) -> HttpResponse:
    """Remember the posted store, or all stores if it is empty, and go back to where the person was."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    posted = request.POST.get("store", "")
    store = next((row for row in get_staff_stores(request).stores if str(row.pk) == posted), None)
    if store is not None:
        StoreChoice.objects.update_or_create(
            user_id=request.user.pk,  # type: ignore[misc]
            defaults={"store": store},
        )
    elif not posted:
        StoreChoice.objects.filter(user=request.user.pk).delete()
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if is_ours else "admin:index")


def find_store_lookups(model: Any) -> list[str]:
    """Return the lookups from a model to its store, such as `order__store`. A row has one of them."""
    names = {field.name for field in model._meta.get_fields() if field.many_to_one and field.concrete}
    if "store" in names:
        return ["store"]
    owners = ("order", "payment_request", "notice", "contact", "product", "group", "link")
    return [f"{name}__store" for name in owners if name in names]


def filter_by_chosen_store(request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows of the chosen store; all of them if none is chosen or they belong to no store.

    A single store is chosen, too: indexes begin with the store. Only a join to it would be for nothing.
    """
    chosen, lookups = get_staff_stores(request).chosen, find_store_lookups(rows.model)
    has_choice = lookups == ["store"] or len(get_staff_stores(request).stores) > 1
    if chosen is None or not lookups or not has_choice:
        return rows
    return rows.filter(reduce(or_, (Q(**{lookup: chosen}) for lookup in lookups)))


def render_in_store_zone(store: Store, show_page: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer in the time zone of a row's own store, whichever store is chosen."""
    with timezone.override(zoneinfo.ZoneInfo(store.time_zone)):
        response = show_page()
        return response.render() if isinstance(response, SimpleTemplateResponse) else response


class StaffTimeZoneMiddleware:
    """Makes the chosen store's time zone the current one for each page of the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (request.path.startswith(reverse("admin:index")) and request.user.is_active):
            return self.get_response(request)
        zone = get_staff_stores(request).zone
        with timezone.override(zone):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            # Its rows are read while it is sent, after the zone has ended.
            chunks = cast(Iterator[bytes], response.streaming_content)
            response.streaming_content = _stream_in_zone(chunks, zone)
        return response


def _stream_in_zone(chunks: Iterator[bytes], zone: zoneinfo.ZoneInfo) -> Iterator[bytes]:
    """Yield the chunks, each made in the zone. Between two of them the thread may do other work."""
    while True:
        with timezone.override(zone):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk
