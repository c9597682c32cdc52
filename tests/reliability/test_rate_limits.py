"""Rate limits on posts: checkout, tokens, order links and the admin sign-in."""

import pytest
from django.test import Client

from tests.factories import make_link, make_product, make_store, variant_of

pytestmark = pytest.mark.any_database

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def lamp(db):
    return make_product(make_store())


@pytest.fixture(autouse=True)
def endless_minute(monkeypatch):
    """Stretch the minute that limits count in, so that a slow machine never starts a new one mid-test."""
    monkeypatch.setattr("stores.rate_limits.WINDOW_SECONDS", 10**10)


def post_checkout(lamp, times, **extra):
    """Post the checkout several times. Return the status codes."""
    path = f"/checkout?variant={variant_of(lamp).pk}"
    return [Client(**extra).post(path, {"email": "x"}).status_code for _ in range(times)]


def test_checkout_posts_are_limited_per_ip_address(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 3}

    assert post_checkout(lamp, 5) == [200, 200, 200, 429, 429]
    assert post_checkout(lamp, 1, REMOTE_ADDR="203.0.113.9") == [200]


def test_checkout_page_views_are_not_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}

    path = f"/checkout?variant={variant_of(lamp).pk}"
    assert [Client().get(path).status_code for _ in range(4)] == [200] * 4


def test_limited_shopper_sees_a_message(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    post_checkout(lamp, 1)

    answer = Client().post(f"/checkout?variant={variant_of(lamp).pk}")

    assert answer.status_code == 429
    assert "Please wait a minute, then try again." in answer.text
    assert answer["Retry-After"] == "60"
    assert answer["Cache-Control"] == "no-store"


def test_limits_count_per_store(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    other = make_product(make_store(host="other.test"))
    post_checkout(lamp, 1)

    assert post_checkout(lamp, 1) == [429]
    assert post_checkout(other, 1, SERVER_NAME="other.test") == [200]


def test_ipv6_addresses_of_one_network_count_together(lamp, settings):
    """One IPv6 user has a whole /64, which must not evade the limit."""
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]

    found = [post_checkout(lamp, 1, REMOTE_ADDR=address)[0] for address in addresses]

    assert found == [200, 429, 200]


def test_forwarded_address_is_ignored_without_a_proxy(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    post_checkout(lamp, 1, HTTP_X_FORWARDED_FOR="198.51.100.1")

    assert post_checkout(lamp, 1, HTTP_X_FORWARDED_FOR="198.51.100.2") == [429]


def test_token_guesses_are_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"token": 3}
    link = make_link(lamp)

    guesses = [
        Client().post(f"/link/{link.pk}/enter", {"ephemeral_token": f"guess {n}"}, headers=SAME_ORIGIN)
        for n in range(5)
    ]

    assert [answer.status_code for answer in guesses] == [410, 410, 410, 429, 429]


def test_order_link_emails_are_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"find": 2}

    found = [Client().post("/orders/find", {"email": "ada@example.com"}).status_code for _ in range(3)]

    assert found == [200, 200, 429]


def sign_in(password, name="kim", **extra):
    """Post the admin's sign-in form."""
    return Client(**extra).post("/admin/login/?next=/admin/", {"username": name, "password": password})


def test_password_guesses_are_limited(lamp, settings, django_user_model):
    """Limited per name and IP address: even the right password is refused, and nobody else is locked out."""
    settings.POSTS_PER_MINUTE = {"sign_in": 0}
    django_user_model.objects.create_superuser("kim", password="a quiet lamp")
    guesses = [sign_in(f"guess {number}").status_code for number in range(9)]

    assert guesses == [200] * 7 + [429] * 2
    assert sign_in("a quiet lamp").status_code == 429
    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="198.51.100.1").status_code == 429
    assert sign_in("a quiet lamp", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_guessing_behind_a_proxy_locks_out_nobody_else(lamp, settings, django_user_model):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.POSTS_PER_MINUTE = {"sign_in": 0}
    django_user_model.objects.create_superuser("kim", password="a quiet lamp")
    for number in range(9):
        sign_in(f"guess {number}", HTTP_X_FORWARDED_FOR="198.51.100.1")

    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="made up, 198.51.100.1").status_code == 429
    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 302


def test_one_password_on_many_names_is_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"sign_in": 3}

    found = [sign_in("summer", name=f"name {number}").status_code for number in range(5)]

    assert found == [200, 200, 200, 429, 429]
