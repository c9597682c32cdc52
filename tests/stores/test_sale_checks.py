"""A store that could sell and no longer can: found in the background, and told on the admin's home page."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from checkout.onboarding import sale_checks
from checkout.onboarding.sale_checks import check_due_stores, record_failing_steps, schedule_store_check
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.sentences import TOKEN_REJECTED
from stores.models import Store, StoreHealth
from tests.admin_forms import read_admin_form
from tests.factories import make_product, make_store
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods
from tests.stores.test_onboarding import SETTINGS

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def store():
    """Return a store that can sell."""
    store = make_store(name="Fern", payment_gateway=7, webhook_secret="whsec_1", access_token="tok")
    Store.objects.update(webhook_checked_at=timezone.now())
    make_product(store, name="Mug")
    make_shipping_methods(store, SHIPPING_METHODS)
    StoreHealth.record(store, webhook_tested_at=timezone.now())
    return store


@pytest.fixture
def answers(monkeypatch):
    """Return what NEXT says, by the store's name: settings that differ, or an error."""
    answers = {}

    def check(*, store):
        answer = answers.get(store.name, {})
        if isinstance(answer, Exception):
            StoreHealth.record(store, failed_at=timezone.now(), failure=answer.message)
            raise answer
        StoreHealth.record(store, next_settings=SETTINGS | answer, read_at=timezone.now(), failed_at=None)

    monkeypatch.setattr(sale_checks, "check_next_settings", check)
    return answers


def pass_time(**by):
    """Make the last checks older."""
    ago = datetime.timedelta(**by)
    for health in StoreHealth.objects.all():
        since = health.failing_since and health.failing_since - ago
        values = {"check_due_at": health.check_due_at - ago, "failing_since": since}
        StoreHealth.objects.filter(pk=health.pk).update(**values)


def read_home(client):
    tasks = client.get(reverse("admin:index")).context["tasks"]
    return [(task.text, task.url) for task in tasks if "stopped selling" in task.text]


def test_gateway_that_is_gone_is_told_once_it_stays_gone(store, answers, admin_client):
    assert check_due_stores() == {"stores: can sell": 1}
    assert check_due_stores() == {}

    answers["Fern"] = {"routes": []}
    pass_time(hours=1)
    assert check_due_stores() == {"stores: can't sell": 1}
    assert read_home(admin_client) == []  # it may be a hiccup
    for _time in range(2):
        pass_time(minutes=5)
        assert check_due_stores() == {"stores: can't sell": 1}

    setup = reverse("admin:stores_store_setup", args=[store.pk])
    assert read_home(admin_client) == [("Fern may have stopped selling. Check: Payment", setup)]
    answers.clear()
    pass_time(minutes=5)
    assert check_due_stores() == {"stores: can sell": 1}
    assert read_home(admin_client) == []


def test_revoked_token_is_told_and_stops_no_other_store(store, answers, admin_client):
    check_due_stores()
    make_store(name="Oak", host="oak.example", access_token="tok")
    answers["Fern"] = NextApiError(TOKEN_REJECTED.fill(), outcome=CallOutcome.REFUSED)

    pass_time(hours=1)
    assert sum(check_due_stores().values()) == 2
    pass_time(minutes=10)

    # Oak never sold, so it has nothing to lose.
    assert [text for text, _url in read_home(admin_client)] == [
        "Fern may have stopped selling. Check: Connection"
    ]


def test_store_without_a_token_is_not_asked(answers):
    make_store(access_token="")

    assert check_due_stores() == {}


def test_check_that_breaks_stops_no_other(store, answers):
    answers["Fern"] = KeyError("surprise")
    make_store(name="Oak", host="oak.example", access_token="tok")

    assert check_due_stores() == {"stores: failed": 1, "stores: can't sell": 1}


def test_changed_settings_are_checked_soon(store, answers, admin_client):
    check_due_stores()
    address = reverse("admin:stores_store_change", args=[store.pk])

    form = read_admin_form(admin_client.get(address)) | {"payment_gateway": "99"}
    assert admin_client.post(address, form).status_code == 302

    assert check_due_stores() == {"stores: can't sell": 1}
    assert record_failing_steps(store=store) == ["payment"]
    schedule_store_check(store=store)
    assert check_due_stores() == {"stores: can't sell": 1}
