"""The benches themselves work, at a small size."""

import pytest
from django.core.cache import cache

from tests.bench import orders, pages, settlement


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_the_bench_prints_a_ratio_for_each_page_and_list(capsys):
    try:
        pages.main(5, 0.01)
    finally:
        cache.clear()

    lines = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith(("pay", "prod", "sh", "API"))
    ]
    assert [line[:34].strip() for line in lines] == [
        "payment link page",
        "payment link page, kept",
        "product page",
        "product page, kept",
        "shop home",
        "shop home, kept",
        "API: 50 payment links",
        "API: 50 products",
    ]
    assert all(float(line.split()[-2]) > 0 for line in lines)


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_the_bench_of_orders_prints_both_sizes_and_the_growth(capsys, monkeypatch):
    monkeypatch.setattr(orders, "CALLS", 3)

    orders.main(10, 20)

    lines = capsys.readouterr().out.splitlines()
    assert "10 orders" in lines[-17]
    assert "20 orders" in lines[-17]
    assert all(line.endswith("×") and float(line.split()[-2]) > 0 for line in lines[-15:])


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_the_bench_of_settling_prints_the_cpu_of_both_ways(capsys, sandbox):
    settlement.main(2, sandbox)

    *_, first, second = capsys.readouterr().out.splitlines()
    for line, name in ((first, "webhook, then the way back"), (second, "way back, then the webhook")):
        assert line.startswith(name)
        together, settled, asked, handling, read, in_reads = map(float, line.split()[-6:])
        assert together > handling > read > 0 < settled
        assert in_reads > 1
        assert (asked > 0) == name.startswith("way back")
