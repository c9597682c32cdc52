"""`make bench-catalog`: the cost of the catalog's lists and searches at 5,000 and at 100,000 products.

Needs PostgreSQL: `python -m tests.postgres python -m tests.bench.catalog [few] [many]`. Times are of the
processor, as in `tests.bench.admin`. No page or count comes from a cache.
"""

import base64
import sys
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Category, LinkVariant, PaymentLink, Product, Variant
from stores.models import ApiKey, Store
from tests.accounts.admin_pages import make_samples
from tests.bench.admin import Cost, measure
from tests.bench.seed_lists import copy_samples, make_id

PRODUCTS, LINKS = "admin:catalog_product_changelist", "admin:catalog_paymentlink_changelist"
# Words that all products have, every hundredth, every thousandth, one, and none; and two letters.
WORDS = {"all": "shirt", "hundredth": "oak", "thousandth": "elm", "one": "shirt-777", "none": "zzzz"}
WORDS |= {"two letters": "sh", "two rare letters": "el", "two unknown letters": "zq"}
# Whose pages are read, and their addresses.
SHOP = {
    "first page": "/",
    "page 100": "/?page=100",
    "category of all": "/?category=all",
    "small category": "/?category=small",
    **{f"search: {name}": f"/?q={word}" for name, word in WORDS.items()},
}
API = {
    f"{name}, {where}": f"/v1/{name}?page_size=50&page={page}{only}"
    for name in ("products", "payment_links")
    for where, page, only in (
        ("first page", 0, ""),
        ("last page", "{last_page}", ""),
        ("active", 0, "&active=true"),
        ("inactive", 0, "&active=false"),
    )
}


@dataclass(frozen=True)
class Reader:
    """Somebody who opens pages."""

    name: str
    client: Client
    pages: dict[str, str]


def main(few: int, many: int) -> None:
    if connection.vendor != "postgresql":
        sys.exit("This benchmark needs PostgreSQL: make bench-catalog")
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        # Only the time of this connection's own process is measured.
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    samples = make_samples()
    store = samples[Product].store
    # Copies are of what is for sale.
    samples[Product] = samples[Variant].product
    samples[LinkVariant] = LinkVariant.objects.filter(variant=samples[Variant]).first()
    for slug in ("all", "small"):
        Category.objects.create(store=store, name=slug.title(), slug=slug)
    readers = list_readers(store)
    costs = []
    for first, last in ((2, few), (few + 1, many)):
        seed_catalog(samples, first=first, last=last)
        costs.append({f"{reader.name}, {page}": cost for reader in readers for page, cost in read(reader)})
    print(f"\n{'':44}{few:>9,}{many:>12,} products")
    print(f"{'ms':44}{'database':>9}{'Python':>8}{'database':>10}{'Python':>8}{'growth':>9}")
    for name, before in costs[0].items():
        print_growth(name, before, costs[1][name])


def list_readers(store: Store) -> list[Reader]:
    _row, secret = ApiKey.objects.issue(store=store)
    key = base64.b64encode(f"{secret}:".encode()).decode()
    staff = Client()
    staff.force_login(User.objects.create_superuser("bench", password="bench"))
    searches = {"": "", **{f", search: {name}": f"?q={word}" for name, word in WORDS.items()}}
    lists = {"products": reverse(PRODUCTS), "links": reverse(LINKS)}
    lists["products for a link"] = reverse("admin:catalog_paymentlink_add")
    pages = {
        f"{name}{what}": f"{url}{query}" for name, url in lists.items() for what, query in searches.items()
    }
    pages |= {"products, page 100": f"{reverse(PRODUCTS)}?p=99", "links, page 100": f"{reverse(LINKS)}?p=99"}
    fields = "app_label=catalog&model_name=linkvariant&field_name=variant"
    for name, word in WORDS.items():
        query = f"?{fields}&sold_by={store.slug}&term={word}"
        pages[f"variants in a field, {name}"] = reverse("admin:autocomplete") + query
    pages["everything, search: all"] = f"{reverse('admin:search')}?q=shirt"
    return [
        Reader("shop", Client(), SHOP),
        Reader("API", Client(headers={"Authorization": f"Basic {key}"}), API),
        Reader("admin", staff, pages),
    ]


def read(reader: Reader) -> list[tuple[str, Cost]]:
    """Return the cost of each page."""
    last_page = (Product.objects.count() - 1) // 50
    return [
        (name, measure(reader.client, address.format(last_page=last_page), before=cache.clear))
        for name, address in reader.pages.items()
    ]


def print_growth(name: str, few: Cost, many: Cost) -> None:
    print(
        f"{name:44}{few.database:9.1f}{few.python:8.1f}{many.database:10.1f}{many.python:8.1f}"
        f"{many.database / few.database:8.1f}×",
        flush=True,
    )


def seed_catalog(samples: dict[type, Any], *, first: int, last: int) -> None:
    """Copy the product, its variant, and its link, and put the copies into categories."""
    models = (Product, Variant, PaymentLink, LinkVariant)
    copy_samples({model: samples[model] for model in models}, first=first, last=last)
    with connection.cursor() as cursor:
        for slug, every in (("all", 1), ("small", 1_000)):
            category = Category.objects.get(slug=slug)
            cursor.execute(
                f"INSERT INTO {Product.categories.through._meta.db_table} (product_id, category_id) "
                f"SELECT {make_id('prod')}, %s FROM generate_series(%s::bigint, %s::bigint, %s::bigint) n",
                [category.pk, (first // every + 1) * every + 1, last, every],
            )
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers or [5_000, 100_000]))
