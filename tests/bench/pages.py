"""`make bench`: compare public pages and API lists at 10,000 products with a bare view of the same bytes.

Needs PostgreSQL: `python -m tests.postgres python -m tests.bench.pages [products] [seconds]`.
Each request goes through all of WSGI in this process; the bare view goes through a Django without
middleware. Both take turns, so that other load on the machine affects both. Pages are measured both
rendered and cached (PUBLIC_PAGE_CACHE_SECONDS).
"""

import base64
import io
import itertools
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.utils import timezone
from tqdm import tqdm

from catalog.models import (
    LinkVariant,
    Media,
    OptionValue,
    PaymentLink,
    Product,
    ProductOption,
    Variant,
)
from catalog.search import refresh_search_texts
from catalog.variants import create_variants
from stores.models import ApiKey, Store
from tests.factories import make_store

CHUNK_SIZE = 1_000
SIZES, COLORS = ("S", "M", "L", "XL"), ("Black", "White")
TURN_SECONDS = 0.25

Call = Callable[[], None]


class BareView:
    """A Django view that only returns fixed bytes."""

    body, content_type = b"", "text/html"

    @classmethod
    def view(cls, request: HttpRequest) -> HttpResponse:
        return HttpResponse(cls.body, content_type=cls.content_type)


urlpatterns = [path("bare", BareView.view)]


class BareHandler(WSGIHandler):
    """Django without middleware and with a single URL."""

    def load_middleware(self, is_async: bool = False) -> None:
        with override_settings(MIDDLEWARE=[]):
            super().load_middleware(is_async)

    def get_response(self, request: HttpRequest) -> Any:
        request.urlconf = __name__
        return super().get_response(request)


def main(products: int, seconds: float) -> None:
    if connection.vendor != "postgresql":
        sys.exit("This benchmark needs PostgreSQL: make bench")
    call_command("migrate", verbosity=0)
    store = make_store()
    seed_products(store=store, total=products)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    link = PaymentLink.objects.filter(store=store).order_by("pk")[products // 2]
    _row, secret = ApiKey.objects.issue(store=store)
    key = f"Basic {base64.b64encode(f'{secret}:'.encode()).decode()}"
    shop, bare = WSGIHandler(), BareHandler()
    pages = {
        "payment link page": f"/link/{link.pk}",
        "product page": f"/products/{link.product.slug}",
        "shop home": "/",
    }
    lists = {
        "API: 50 payment links": "/v1/payment_links?page=0&page_size=50",
        "API: 50 products": "/v1/products?page=0&page_size=50",
    }
    print(f"\n{products:,} products, {len(SIZES) * len(COLORS)} variants each, on PostgreSQL\n")
    print(f"{'':34}{'requests/s':>12}{'bare':>9}{'CPU ms':>10}{'bare':>8}{'ratio':>8}{'bytes':>10}")
    for name, url in pages.items():
        print_page_result(name, make_caller(shop, url), bare, seconds, before=cache.clear)
        print_page_result(f"{name}, cached", make_caller(shop, url), bare, seconds)
    for name, url in lists.items():
        print_page_result(name, make_caller(shop, url, key), bare, seconds)


def make_caller(handler: WSGIHandler, url: str, key: str = "") -> Callable[[], tuple[bytes, str]]:
    """Return a function that makes one GET request and returns the body and its content type."""
    url_path, _mark, query = url.partition("?")

    def call() -> tuple[bytes, str]:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": url_path,
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "HTTP_HOST": "testserver",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        if key:
            environ["HTTP_AUTHORIZATION"] = key
        started: list[Any] = []
        response = handler(environ, lambda *arguments: started.extend(arguments))
        body = b"".join(response)
        response.close()
        status, headers = started
        assert status.startswith("200"), status
        return body, dict(headers)["Content-Type"]

    return call


def print_page_result(
    name: str,
    shop_call: Callable[[], tuple[bytes, str]],
    bare: WSGIHandler,
    seconds: float,
    *,
    before: Call = lambda: None,
) -> None:
    """Measure a page and the bare view of its bytes in turns, and print one line."""
    for _warm_up in range(3):
        BareView.body, BareView.content_type = shop_call()
    bare_call = make_caller(bare, "/bare")
    bare_call()
    turns: dict[str, list[tuple[float, float]]] = {"shop": [], "bare": []}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        turns["shop"].append(measure_turn(shop_call, before))
        turns["bare"].append(measure_turn(bare_call, lambda: None))
    (wall, cpu), (bare_wall, bare_cpu) = (
        tuple(statistics.median(values) for values in zip(*turns[which], strict=True))
        for which in ("shop", "bare")
    )
    print(
        f"{name:34}{1 / wall:>12,.0f}{1 / bare_wall:>9,.0f}{cpu * 1000:>10.2f}{bare_cpu * 1000:>8.2f}"
        f"{cpu / bare_cpu:>8.1f}{len(BareView.body):>10,}",
        flush=True,
    )


def measure_turn(call: Callable[[], object], before: Call) -> tuple[float, float]:
    """Call for TURN_SECONDS. Return the mean wall and CPU seconds of a call, without `before`."""
    wall = cpu = 0.0
    for count in itertools.count(1):
        before()
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        call()
        wall += time.perf_counter() - wall_start
        cpu += time.process_time() - cpu_start
        if wall >= TURN_SECONDS:
            return wall / count, cpu / count
    raise AssertionError


def seed_products(*, store: Store, total: int) -> None:
    """Fill the store with products, each with eight variants, an image and a payment link."""
    with tqdm(total=total, unit=" products", disable=not sys.stderr.isatty()) as bar:
        for first in range(0, total, CHUNK_SIZE):
            numbers = range(first, min(first + CHUNK_SIZE, total))
            products = [
                Product(
                    store=store,
                    slug=f"shirt-{number}",
                    name=f"Linen shirt {number}",
                    description="Woven slowly, worn for years. " * 6,
                    next_product_id=number + 1,
                )
                for number in numbers
            ]
            Product.objects.bulk_create(products)
            add_variants_and_links(store, products)
            bar.update(len(products))


def add_variants_and_links(store: Store, products: list[Product]) -> None:
    options = [
        ProductOption(product=product, name=name, position=place)
        for product in products
        for place, name in enumerate(("Color", "Size"))
    ]
    ProductOption.objects.bulk_create(options)
    values = [
        OptionValue(option=option, value=value, position=place)
        for option in options
        for place, value in enumerate(COLORS if option.name == "Color" else SIZES)
    ]
    OptionValue.objects.bulk_create(values)
    values_by_product: dict[str, dict[str, list[OptionValue]]] = {}
    for value in values:
        by_option = values_by_product.setdefault(value.option.product_id, {})
        by_option.setdefault(value.option.name, []).append(value)
    assignments = [
        (
            Variant(product=product, price=Decimal("49.90"), inventory_quantity=20, position=position),
            combination,
        )
        for product in products
        for position, combination in enumerate(itertools.product(*values_by_product[product.pk].values()))
    ]
    create_variants(assignments)
    refresh_search_texts(product.pk for product in products)
    variants = [variant for variant, _values in assignments]
    Media.objects.bulk_create(
        Media(
            product=product, source_url="/static/img/mark.svg", alt_text=product.name, width=600, height=600
        )
        for product in products
    )
    size = len(variants) // len(products)
    links = [
        PaymentLink(
            store=store, product=product, default_variant=variants[place * size], updated_at=timezone.now()
        )
        for place, product in enumerate(products)
    ]
    PaymentLink.objects.bulk_create(links)
    LinkVariant.objects.bulk_create(
        LinkVariant(link=links[place // size], variant=variant, position=place % size)
        for place, variant in enumerate(variants)
    )


if __name__ == "__main__":
    numbers = [float(argument) for argument in sys.argv[1:]]
    settings.DEBUG = False
    main(int(numbers[0]) if numbers else 10_000, numbers[1] if len(numbers) > 1 else 6.0)
