"""Rate limits: checkout, codes, tokens, order links, sign-in, API, told as text and in headers."""

import base64
import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from checkout.views import checkout
from stores import rate_limits
from stores.errors import Problem
from stores.models import ApiKey, RequestCount
from stores.rate_limits import count_request, delete_old_request_counts
from tests.checkout_pages.conftest import ADDRESS, FormShopper
from tests.factories import make_link, make_product, make_store, variant_of
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def make_shop(**fields):
    """Return a lamp of a store that can ship it."""
    store = make_store(**fields)
    make_shipping_methods(store, SHIPPING_METHODS)
    return make_product(store)


@pytest.fixture
def lamp(db):
    return make_shop()


@pytest.fixture(autouse=True)
def endless_minute(monkeypatch):
    """Stretch the minute that limits count in, so that a slow machine never starts a new one mid-test."""
    monkeypatch.setattr("stores.rate_limits.WINDOW_SECONDS", 10**6)


@pytest.fixture(autouse=True)
def silent_next(monkeypatch):
    """Refuse every payment that the checkout starts, without asking NEXT."""

    def refuse(**purchase):
        raise Problem("NEXT was asked.")

    monkeypatch.setattr(checkout, "start_payment", refuse)


def check_out(lamp, times=1, **form):
    """Pay as several shoppers of one address. Return the answers. `host` and `address` are the request's."""
    host, address = form.pop("host", "testserver"), form.pop("address", "127.0.0.1")
    answers = []
    for _ in range(times):
        shopper = FormShopper(Client(SERVER_NAME=host, REMOTE_ADDR=address, headers=form.pop("headers", {})))
        path = f"/checkout?variant={variant_of(lamp).pk}"
        shopper.get(path)
        hidden = {name: shopper.hidden(name) for name in ("key", "shown")}
        answers.append(shopper.client.post(path, {**ADDRESS, **hidden, **form}))
    return answers


def statuses(answers):
    return [answer.status_code for answer in answers]


def test_checkouts_are_limited_per_ip_address(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"checkout": 3}

    assert statuses(check_out(lamp, 5)) == [400, 400, 400, 429, 429]
    assert statuses(check_out(lamp, address="203.0.113.9")) == [400]


def test_ten_shoppers_behind_one_address_pay_three_times_each(lamp):
    """The eleventh was refused."""
    assert statuses(check_out(lamp, 30)) == [400] * 30


def test_views_updates_and_mistakes_are_not_limited(lamp, settings):
    """Each update of the country counted."""
    settings.REQUESTS_PER_MINUTE = {"checkout": 1}
    path = f"/checkout?variant={variant_of(lamp).pk}"

    assert [Client().get(path).status_code for _ in range(3)] == [200] * 3
    assert statuses(check_out(lamp, 3, update="country", country="DE")) == [200] * 3
    assert statuses(check_out(lamp, 3, email="x")) == [200] * 3
    assert statuses(check_out(lamp, 2)) == [400, 429]


def test_limited_shopper_keeps_the_form_and_reads_how_long_to_wait(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"checkout": 1}
    check_out(lamp)

    (answer,) = check_out(lamp)

    seconds = int(answer["Retry-After"])
    assert answer.status_code == 429
    assert f"Too many tries in a short time. Wait {seconds} seconds, then try again." in answer.text
    assert 'value="12 Main Street"' in answer.text
    assert answer["RateLimit"] == f'"checkout";r=0;t={seconds}'
    assert answer["RateLimit-Policy"] == '"checkout";q=1;w=1000000'
    assert answer["Cache-Control"] == "no-store"


def test_a_full_or_empty_cache_changes_no_limit(lamp, settings):
    """Pages with random queries pushed the counters out of the cache."""
    settings.REQUESTS_PER_MINUTE = {"checkout": 2}
    assert statuses(check_out(lamp, 2)) == [400, 400]
    for number in range(400):
        cache.set(f"page-{number}", "x")
    cache.clear()

    assert statuses(check_out(lamp)) == [429]


def test_limit_costs_one_statement_and_nothing_once_exceeded(lamp, settings, django_assert_num_queries):
    settings.REQUESTS_PER_MINUTE = {"find": 1}
    for expected in (1, 1, 0, 0):
        with django_assert_num_queries(expected):
            count_request("find", client="203.0.113.7")


def test_processes_count_together(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"find": 3}
    counts = []
    for _process in range(4):
        rate_limits.exceeded_windows.clear()
        counts.append(count_request("find", client="203.0.113.7").count)

    assert counts == [1, 2, 3, 4]


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_no_count_is_lost_between_threads(settings):
    settings.REQUESTS_PER_MINUTE = {"find": 1000}

    def count():
        for _ in range(20):
            count_request("find", client="203.0.113.7")
        connection.close()

    threads = [threading.Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert RequestCount.objects.get().count == 100


def test_window_ends_and_its_row_is_deleted(lamp, settings, monkeypatch):
    settings.REQUESTS_PER_MINUTE = {"find": 1}
    monkeypatch.setattr("stores.rate_limits.WINDOW_SECONDS", 60)
    now = timezone.now().timestamp()
    for seconds, count in ((0, 1), (59, 2), (61, 1)):
        monkeypatch.setattr("stores.rate_limits.time.time", lambda seconds=seconds: now + seconds)
        assert count_request("find", client="203.0.113.7").count == count

    assert delete_old_request_counts() == 0
    monkeypatch.setattr("stores.rate_limits.time.time", lambda: now + 300)
    assert delete_old_request_counts() == 1


def test_no_address_is_stored(lamp):
    count_request("find", client="203.0.113.7")

    assert "203.0.113.7" not in str(RequestCount.objects.values().get())


def test_local_windows_are_never_forgotten_and_never_too_many(monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_LOCAL_WINDOWS", 2)
    windows = rate_limits.LocalWindows()
    written = [windows.write(key, 1, resets_at=10, now=5) for key in "abc"]

    assert written == [True, True, False]
    assert windows.read("a", now=9) == (1, 10)
    assert windows.write("c", 1, resets_at=20, now=11)
    assert windows.read("a", now=11) is None


def test_limits_count_per_store(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"checkout": 1}
    other = make_shop(host="other.test")
    check_out(lamp)

    assert statuses(check_out(lamp)) == [429]
    assert statuses(check_out(other, host="other.test")) == [400]


def test_ipv6_addresses_of_one_network_count_together(lamp, settings):
    """One IPv6 user has a whole /64, which must not evade the limit."""
    settings.REQUESTS_PER_MINUTE = {"checkout": 1}
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]

    found = [check_out(lamp, address=address)[0].status_code for address in addresses]

    assert found == [400, 429, 400]


def test_forwarded_address_is_ignored_without_a_proxy(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"checkout": 1}
    check_out(lamp, headers={"X-Forwarded-For": "198.51.100.1"})

    assert statuses(check_out(lamp, headers={"X-Forwarded-For": "198.51.100.2"})) == [429]


def test_token_guesses_are_limited(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"token": 3}
    link = make_link(lamp)

    guesses = [
        Client().post(f"/link/{link.pk}/enter", {"ephemeral_token": f"guess {n}"}, headers=SAME_ORIGIN)
        for n in range(5)
    ]

    assert [answer.status_code for answer in guesses] == [410, 410, 410, 429, 429]


def test_order_link_emails_are_limited(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"find": 2}

    mistakes = [Client().post("/account", {"email": "ada"}).status_code for _ in range(3)]
    found = [Client().post("/account", {"email": "ada@example.com"}).status_code for _ in range(3)]

    assert mistakes == [200, 200, 200]
    assert found == [200, 200, 429]


def sign_in(password, name="kim", **extra):
    """Post the admin's sign-in form."""
    return Client(**extra).post("/admin/login/?next=/admin/", {"username": name, "password": password})


def test_password_guesses_are_limited(lamp, settings, django_user_model):
    """Limited per name and IP address: even the right password is refused, and nobody else is locked out."""
    settings.REQUESTS_PER_MINUTE = {"sign_in": 0}
    django_user_model.objects.create_superuser("kim", password="a quiet lamp")
    guesses = [sign_in(f"guess {number}").status_code for number in range(9)]

    assert guesses == [200] * 7 + [429] * 2
    assert sign_in("a quiet lamp").status_code == 429
    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="198.51.100.1").status_code == 429
    assert sign_in("a quiet lamp", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_guessing_behind_a_proxy_locks_out_nobody_else(lamp, settings, django_user_model):
    settings.TRUSTED_PROXIES = ["1"]
    settings.REQUESTS_PER_MINUTE = {"sign_in": 0}
    django_user_model.objects.create_superuser("kim", password="a quiet lamp")
    for number in range(9):
        sign_in(f"guess {number}", HTTP_X_FORWARDED_FOR="198.51.100.1")

    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="made up, 198.51.100.1").status_code == 429
    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 302


def test_one_password_on_many_names_is_limited(lamp, settings):
    settings.REQUESTS_PER_MINUTE = {"sign_in": 3}

    found = [sign_in("summer", name=f"name {number}").status_code for number in range(5)]

    assert found == [200, 200, 200, 429, 429]


# --- The API


def call(secret="", path="/v1/orders", **extra):
    """Call the API with a key, or without one."""
    basic = base64.b64encode(f"{secret}:".encode()).decode()
    return Client(**extra).get(path, headers={"Authorization": f"Basic {basic}"} if secret else {})


def test_api_keys_are_limited_and_every_answer_says_what_is_left(lamp, settings):
    """By key, whatever address it comes from."""
    settings.REQUESTS_PER_MINUTE = {"api_key": 2, "api_address": 1}
    keys = [ApiKey.objects.issue(store=lamp.store)[1] for _ in range(2)]
    answers = [call(keys[0], REMOTE_ADDR=f"203.0.113.{number}") for number in range(3)]

    assert statuses(answers) == [200, 200, 429]
    assert [answer["RateLimit"].partition(";t=")[0] for answer in answers] == [
        '"api_key";r=1',
        '"api_key";r=0',
        '"api_key";r=0',
    ]
    assert answers[0]["RateLimit-Policy"] == '"api_key";q=2;w=1000000'
    assert "Retry-After" not in answers[1]
    seconds = int(answers[2]["Retry-After"])
    assert answers[2].json() == {
        "code": 429,
        "error_code": "rate_limited",
        "msg": f"Too many tries in a short time. Wait {seconds} seconds, then try again.",
    }
    assert call(keys[1]).status_code == 200


def test_guessed_api_keys_are_limited_by_address_and_lock_nobody_out(lamp, settings):
    """300 bad keys in a second were all answered."""
    settings.REQUESTS_PER_MINUTE = {"api_key": 100, "api_address": 3}
    guesses = [call(f"sk_test_{number}").status_code for number in range(5)]

    assert guesses == [401, 401, 401, 429, 429]
    assert call().status_code == 429
    assert call("sk_test_x", REMOTE_ADDR="203.0.113.9").status_code == 401
    assert call(ApiKey.objects.issue(store=lamp.store)[1]).status_code == 200


def test_openapi_document_is_generated_once(client, monkeypatch):
    first = client.get("/v1/openapi.json")
    monkeypatch.setattr("stores.api.openapi.SchemaGenerator", None)
    second = client.get("/v1/openapi.json")

    assert first.content == second.content
    assert second["Cache-Control"] == "public, max-age=300"
