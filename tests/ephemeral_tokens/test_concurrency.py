"""Two browsers with one token, and two tokens for one new person, at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from orders.ephemeral_tokens import issue_token
from orders.models import Customer, EphemeralToken
from tests.factories import make_link, make_product, make_store

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


def at_once(work, times):
    def closing(place):
        try:
            return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(closing, range(times)))


def test_of_two_redemptions_at_once_one_wins(settings):
    """R121: many rounds."""
    settings.POSTS_PER_MINUTE = {"token": 0}
    store = make_store()
    link = make_link(make_product(store))
    for _round in range(10):
        secret, _token = issue_token(store=store)

        answers = at_once(
            lambda _place, secret=secret: (
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
def test_tokens_at_once_for_somebody_new_make_one_customer(key, subject):
    """R115."""
    store = make_store()

    at_once(lambda _place: issue_token(store=store, idp_key=key, idp_subject=subject), 8)

    assert Customer.objects.count() == 1
    assert EphemeralToken.objects.filter(customer=Customer.objects.get()).count() == 8
