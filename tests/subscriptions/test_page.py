"""The shopper's page of a subscription, without JavaScript (R162)."""

import pytest

from orders.views.subscription import subscription_page
from tests.factories import make_store
from tests.subscriptions.actors import TWO_TIERS, charges, make_coffee_plan, renew, subscribe

FROM_HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def subscription(shop):
    return subscribe(shop, make_coffee_plan(shop, TWO_TIERS))


@pytest.fixture
def say(client, subscription):
    """Press a button of the page, and see where it leads."""

    def press(action, **fields):
        path = f"{subscription_page(subscription)}/act"
        return client.post(path, {"action": action, **fields}, headers=FROM_HERE, follow=True)

    return press


def at_store(shop):
    return shop.sandbox.subscriptions()[0]["status"]


def test_it_says_what_is_charged_next_and_what_was(shop, client, subscription):
    renew(shop, subscription)

    page = client.get(subscription_page(subscription))

    assert "Field notes" in page.text
    assert "<strong>$44.99</strong> on" in page.text
    assert page.text.count("$39.99") == 1
    assert page.headers["Cache-Control"] == "no-store"


def test_the_order_leads_to_it(client, subscription):
    page = client.get(subscription.order.get_absolute_url())

    assert subscription_page(subscription) in page.text


def test_pause_and_go_on(shop, say):
    assert "Paused until" in say("pause", months="2").text
    assert at_store(shop) == "paused"
    assert "Skip this one" in say("resume").text
    assert at_store(shop) == "active"


def test_ended_at_the_periods_end_and_kept_after_all(shop, say):
    page = say("cancel", reason="Too much")
    assert "It ends on" in page.text
    assert at_store(shop) == "paused"
    assert "Skip this one" in say("revoke").text
    assert at_store(shop) == "active"
    assert charges(shop) == ["39.99"]


def test_quantity_and_skip(shop, subscription, say):
    assert "$89.98" in say("quantity", quantity="2").text
    say("skip", charge_at=subscription.next_renewal_at.isoformat())
    before = subscription.next_renewal_at
    subscription.refresh_from_db()
    assert subscription.next_renewal_at > before


@pytest.mark.parametrize(("action", "fields"), [("fly", {}), ("quantity", {"quantity": "x"})])
def test_nonsense_is_refused_with_a_page(shop, say, action, fields):
    assert say(action, **fields).status_code == 400
    assert at_store(shop) == "active"


def test_another_site_can_press_nothing(shop, client, subscription):
    answer = client.post(
        f"{subscription_page(subscription)}/act",
        {"action": "cancel"},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert at_store(shop) == "active"


def test_its_address_is_a_secret_of_one_shop(client, subscription):
    make_store(host="other.example")

    assert client.get(f"/subscriptions/{subscription.pk}").status_code == 404
    assert client.get(subscription_page(subscription), headers={"Host": "other.example"}).status_code == 404


def test_staff_look_at_subscriptions_and_invoices(admin_client, subscription):
    assert subscription.order.number in admin_client.get("/admin/orders/subscription/").text
    assert "39.99" in admin_client.get("/admin/orders/invoice/").text
