"""The bench itself works, at a small size."""

import pytest
from django.core.cache import cache

from tests.bench.pages import main


@pytest.mark.at_once
@pytest.mark.django_db(transaction=True)
def test_the_bench_prints_a_ratio_for_each_page_and_list(capsys):
    try:
        main(5, 0.01)
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
