"""The benchmarks run, at a small size."""

import pytest
from django.core.cache import cache

from tests.bench import admin, catalog, orders, pages, settlement


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_pages_benchmark_prints_a_ratio_for_each_page_and_list(capsys):
    try:
        pages.main(5, 0.01)
    finally:
        cache.clear()

    lines = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith(("pay", "prod", "sh", "API"))
    ]
    assert [line[:34].strip() for line in lines] == [
        "payment link page",
        "payment link page, cached",
        "product page",
        "product page, cached",
        "shop home",
        "shop home, cached",
        "API: 50 payment links",
        "API: 50 products",
    ]
    assert all(float(line.split()[-2]) > 0 for line in lines)


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_orders_benchmark_prints_both_sizes_and_the_growth(capsys, monkeypatch):
    monkeypatch.setattr(orders, "CALLS", 3)

    orders.main(10, 20)

    lines = capsys.readouterr().out.splitlines()
    assert "10 orders" in lines[-18]
    assert "20 orders" in lines[-18]
    assert all(line.endswith("×") and float(line.split()[-2]) > 0 for line in lines[-16:])


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_admin_benchmark_prints_the_cost_of_lists_and_reports(capsys, monkeypatch):
    for name, value in (
        *(("CALLS", 1), ("LISTS", ("orders_order",)), ("ORDER_FILTERS", ("q={word}",))),
        *(("OTHER_LISTS", ("catalog_product?q={word}",)), ("SHOP_PAGES", ("/",)), ("PRESET_DAYS", (365,))),
        ("REPORTS", admin.REPORTS[:1]),
    ):
        monkeypatch.setattr(admin, name, value)

    admin.main(10, 20)

    lines = capsys.readouterr().out.splitlines()
    costs = {line[:44].strip(): line.split()[-4:] for line in lines if line.endswith(tuple("0123456789"))}
    assert {"orders_order", "shop: /", "home, 365 days", "report sales, 30 days"} <= set(costs)
    assert all(int(queries) > 0 and float(python) > 0 for queries, python, *_rest in costs.values())


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_catalog_benchmark_prints_the_growth_of_each_list(capsys, monkeypatch):
    monkeypatch.setattr(admin, "CALLS", 1)
    monkeypatch.setattr(catalog, "WORDS", {"all": "shirt"})
    monkeypatch.setattr(catalog, "SHOP", {"first page": "/"})
    monkeypatch.setattr(catalog, "API", {"products": "/v1/products?page_size=50&page={last_page}"})

    catalog.main(10, 20)

    lines = [line for line in capsys.readouterr().out.splitlines() if line.endswith("×")]
    assert lines[0].startswith("shop, first page")
    assert lines[1].startswith("API, products")
    assert lines[-1].startswith("admin, everything, search: all")


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_settlement_benchmark_prints_the_cpu_time_of_both_orders(capsys, sandbox):
    settlement.main(2, sandbox)

    *_, first, second = capsys.readouterr().out.splitlines()
    for line, name in ((first, "webhook, then return"), (second, "return, then webhook")):
        assert line.startswith(name)
        total, settling, in_api, handling, row_read, in_reads = map(float, line.split()[-6:])
        assert total > handling > row_read > 0 < settling
        assert in_reads > 1
        assert (in_api > 0) == name.startswith("return")
