"""Middleware: finds the store, adds security headers, and turns Problems into pages."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DataError
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from stores.errors import Problem
from stores.http import get_trusted_proxies
from stores.models import FooterLink, Store, StoreOffer, TaxRate, TaxRegion

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]
_HOST = "the host, put in when the query runs"


def get_store_for_request(request: HttpRequest) -> Store:
    """Return the store on the request's host. Raises Problem (404) if there is none."""
    return load_shop(host=request.get_host().lower())


def load_shop(*, host: str) -> Store:
    """Return the store on a host as its pages show it: footer links, tax, and active offers, in one query.

    Raises Problem (404) if there is none.
    """
    sql, params = _compile_shop_query()
    rows: list[Any] = list(Store.objects.raw(sql, [host if value == _HOST else value for value in params]))
    if not rows:
        raise Problem("There is no shop at this address.", code="resource_not_found", status=404)
    store = rows[0]
    links = {row.link_id: row for row in rows if row.link_url}.values()
    store.shown_footer_links = [
        FooterLink(store=store, label=row.link_label, url=row.link_url) for row in links
    ]
    offers = {row.offer_id: row for row in rows if row.offer_id}.values()
    store.active_offers = [
        StoreOffer(id=row.offer_id, store=store, next_offer_id=row.next_offer_id, name=row.offer_name)
        for row in offers
    ]
    store.has_tax_regions = bool(rows[0].has_regions)
    store.has_tax_rates = bool(rows[0].has_rates)
    store.home_tax_mode = rows[0].home_mode or store.tax_mode
    return store


@functools.cache
def _compile_shop_query() -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of `load_shop`, with `_HOST` among its parameters.

    Every page that isn't cached runs it. Compiling it takes ten times as long as running it.
    """
    order = ("footer_links__position", "footer_links__id", "active_offer__id")
    # One row for each link and offer, or one row without any.
    query = (
        Store.objects.filter(host=_HOST)
        .annotate(
            active_offer=FilteredRelation("offers", condition=Q(offers__is_active=True)),
            link_id=F("footer_links__id"),
            link_label=F("footer_links__label"),
            link_url=F("footer_links__url"),
            offer_id=F("active_offer__id"),
            offer_name=F("active_offer__name"),
            next_offer_id=F("active_offer__next_offer_id"),
            has_regions=Exists(TaxRegion.objects.filter(store=OuterRef("pk"))),
            has_rates=Exists(TaxRate.objects.filter(store=OuterRef("pk"))),
            home=Case(
                When(countries="", then=Substr("currency", 1, 2)),
                default=Substr("countries", 1, 2),
                output_field=CharField(),
            ),
            home_mode=Subquery(_select_home_regions().values("mode")[:1]),
        )
        .order_by(*order)
    )
    sql, params = query.query.sql_with_params()
    return sql, tuple(params)


def _select_home_regions() -> QuerySet[TaxRegion]:
    """Return the tax regions of the outer query's store in its `home` country, its own currency's first."""
    regions = TaxRegion.objects.filter(store=OuterRef("pk"), country=OuterRef("home"))
    return regions.filter(Q(currency="") | Q(currency=OuterRef("currency"))).order_by("-currency")


class TrustedProxyMiddleware:
    """Removes forwarded headers of other peers, if TRUSTED_PROXIES says in which networks the proxies are."""

    HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proxies = get_trusted_proxies()
        if proxies.networks and not proxies.includes(request.META.get("REMOTE_ADDR", "")):
            for name in self.HEADERS:
                request.META.pop(name, None)
        return self.get_response(request)


class StoreMiddleware:
    """Sets `request.store`, which is looked up by host on first use."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.store = SimpleLazyObject(lambda: get_store_for_request(request))  # type: ignore[attr-defined]
        return self.get_response(request)


class SecurityHeadersMiddleware:
    """Adds the Content-Security-Policy header. A view can override directives with `response.csp`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = settings.SECURE_CSP | getattr(response, "csp", {})
        response.headers.setdefault(
            "Content-Security-Policy",
            "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items()),
        )
        return response


class ProblemMiddleware:
    """Turns a `Problem` into an error page. The API has its own handler."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DataError):
            # The client sent a value that the database can't store or query, such as a NUL character.
            logger.warning(
                "rejected input that the database cannot store, in view %s",
                request.resolver_match and request.resolver_match.view_name,
            )
            exception = Problem(_("We couldn't process that. Go back and try again."))
        if not isinstance(exception, Problem):
            return None
        return render_problem(request, exception)


def render_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Render the page of a problem."""
    response = render(request, "problem.html", {"problem": problem}, status=problem.status)
    # The problem may be gone on the next request, and the URL may contain a token.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
