"""Concurrent redemptions of one token, and concurrent tokens for one new customer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from orders.ephemeral_tokens import issue_token
from orders.models import Customer, EphemeralToken
from tests.factories import make_link, make_product, make_store

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


def run_concurrently(function, count):
    def run(number):
        try:
            return function(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def test_one_of_simultaneous_redemptions_wins(settings):
    """R121, repeated for many rounds."""
    settings.REQUESTS_PER_MINUTE = {"token": 0}
    store = make_store()
    link = make_link(make_product(store))
    for _round in range(10):
        secret, _token = issue_token(store=store)

        answers = run_concurrently(
            lambda _number, secret=secret: (
                Client()
                .post(
                    f"/link/{link.pk}/enter",
                    {"ephemeral_token": secret},
                    headers={"Sec-Fetch-Site": "same-origin"},
                )
                .status_code
            ),
            4,
        )

        assert Counter(answers) == {303: 1, 410: 3}


@pytest.mark.parametrize(
    ("key", "subject"), [("email", "new@example.com"), ("phone", "+12025550140"), ("uuid", "m-1")]
)
def test_simultaneous_tokens_for_a_new_person_make_one_customer(key, subject):
    """R115."""
    store = make_store()

    run_concurrently(lambda _number: issue_token(store=store, idp_key=key, idp_subject=subject), 8)

    assert Customer.objects.count() == 1
    assert EphemeralToken.objects.filter(customer=Customer.objects.get()).count() == 8
