"""Random carts: where the shop said a total, NEXT charged it to the cent.

`make soak` buys many more of them: RELIABILITY_CARTS says how many. A fault names its seed.
"""

import os
import random

import pytest

from tests.reliability.generated_carts import buy_carts

CARTS = int(os.environ.get("RELIABILITY_CARTS", "200"))
CARTS_PER_TEST = 100
SEED = os.environ.get("RELIABILITY_SEED") or ("build" if os.environ.get("CI") else str(random.random())[2:8])


@pytest.mark.slow
@pytest.mark.any_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("chunk", range(-(-CARTS // CARTS_PER_TEST)))
def test_every_cart_is_charged_as_shown(sandbox, chunk, record_property):
    """S36: and where the shop couldn't know, or was wrong, the order is paid and staff are told once."""
    count = min(CARTS_PER_TEST, CARTS - chunk * CARTS_PER_TEST)
    report = buy_carts(seed=f"{SEED}-{chunk}", count=count, sandbox=sandbox)

    record_property("carts", dict(report.counts))
    assert not report.faults, "\n".join(report.faults)
    assert report.counts["carts"] + report.counts["refused at 0.00"] == count
