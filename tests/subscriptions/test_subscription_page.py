"""The subscriber's page, without JavaScript (R162)."""

from html import unescape

import pytest
from django.utils import timezone

from stores.dates import add_interval, format_store_day
from subscriptions.models import Subscription
from tests.factories import make_store, variant_of
from tests.subscriptions.helpers import (
    TWO_TIERS,
    charged_amounts,
    make_coffee_plan,
    make_lamp_plan,
    renew_subscription,
    start_subscription,
)

pytestmark = pytest.mark.any_database

FROM_HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def subscription(shop):
    return start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))


@pytest.fixture
def press(client, subscription):
    """Press a button on the page and return the resulting page."""

    def press(action, **fields):
        path = f"{subscription.get_absolute_url()}/act"
        return client.post(path, {"action": action, **fields}, headers=FROM_HERE, follow=True)

    return press


def next_status(shop):
    return shop.sandbox.subscriptions()[0]["status"]


def test_page_shows_next_and_past_charges(shop, client, subscription):
    renew_subscription(shop, subscription)

    page = client.get(subscription.get_absolute_url())

    assert "Field notes" in page.text
    assert ">$44.99</strong> on" in " ".join(page.text.split())
    assert page.text.count("$39.99") == 1
    assert page.headers["Cache-Control"] == "no-store"


def test_order_page_links_to_the_subscription(client, subscription):
    page = client.get(subscription.order.get_absolute_url())

    assert subscription.get_absolute_url() in page.text


def test_pause_and_resume(shop, press):
    assert "be charged until" in press("pause", months="2").text
    assert next_status(shop) == "paused"
    two_months = add_interval(timezone.now(), "month", 2, shop.time_zone)
    assert shop.sandbox.subscriptions()[0]["paused_until"][:10] == two_months.date().isoformat()
    assert "Skip this charge" in press("resume").text
    assert next_status(shop) == "active"


def test_cancel_at_period_end_and_keep(shop, press):
    page = press("cancel", reason="product_too_expensive", other_reason="")
    assert "Your subscription ends on" in page.text
    assert Subscription.objects.get().cancel_reason == "product_too_expensive"
    assert next_status(shop) == "paused"
    assert "Skip this charge" in press("revoke").text
    assert next_status(shop) == "active"
    assert charged_amounts(shop) == ["39.99"]


def test_charge_is_skipped(subscription, press):
    before = subscription.next_renewal_at

    page = press("skip", charge_at=before.isoformat()).text

    subscription.refresh_from_db()
    assert subscription.next_renewal_at > before
    next_day = format_store_day(subscription.next_renewal_at, subscription.store)
    assert f"You skipped a charge. Your next charge is $44.99 on {next_day}." in " ".join(page.split())


def test_page_says_what_each_action_changed_and_the_next_charge(subscription, press):
    next_day = format_store_day(subscription.next_renewal_at, subscription.store)
    next_charge = f"Your next charge is $44.99 on {next_day}."

    def told(action, **fields):
        return " ".join(press(action, **fields).text.split())

    assert "Your subscription is paused. You won't be charged until you resume." in unescape(told("pause"))
    assert f"Your subscription has resumed. {next_charge}" in told("resume")
    assert f"Your subscription ends on {next_day}. You won't be charged again." in unescape(told("cancel"))
    assert f"Your subscription continues. {next_charge}" in told("revoke")
    assert (
        "You're now subscribed to 3 × Field notes, Every month. "
        f"Your next charge is $134.97 on {next_day}." in unescape(told("change", quantity="3"))
    )


@pytest.mark.parametrize("done", ["pause", "cancel", "resume", "nothing", "<b>"])
def test_forged_notice_claims_nothing_that_is_not_so(client, subscription, done):
    page = client.get(f"{subscription.get_absolute_url()}?done={done}").text

    assert "Your subscription is paused" not in page
    assert "Your subscription ends" not in page
    assert "<b>" not in page


def test_page_tells_the_whole_ladder_with_shipping(shop, client):
    policies = [
        {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "40.00"},
        {
            "policy_type": "RECURRING",
            "adjustment_type": "PRICE",
            "adjustment_value": "80.00",
            "after_cycle": "2",
        },
    ]
    lamp = make_lamp_plan(shop, trial_period_days=7, pricing_policy=policies)
    variant = variant_of(shop.products.get(name="Desk lamp"), "Black")
    subscription = start_subscription(shop, lamp, variant=variant)
    ladder = (
        "$45.00 every month for the first 2 months ($40.00 + $5.00 shipping), "
        "then $85.00 every month ($80.00 + $5.00 shipping)"
    )

    assert ladder in client.get(subscription.get_absolute_url()).text
    order_page = client.get(subscription.order.get_absolute_url()).text
    assert f"Then {ladder}" in order_page
    assert (
        "7 days free, then $40.00 every month for the first 2 months, then $80.00 every month" in order_page
    )


def test_change_is_previewed_before_it_is_made(shop, client, subscription, press):
    yearly = make_coffee_plan(shop, [], interval="year", name="Every year")
    path = f"{subscription.get_absolute_url()}/change"
    assert "Every year" in client.get(path).text

    page = client.get(path, {"plan": yearly.pk, "quantity": "2"})

    assert "instead of $44.99" in page.text
    assert "<td>$99.98</td>" in page.text
    assert "<td>Every year</td>" in page.text
    before_button = page.text.partition('value="change"')[0]
    for term in ("$99.98 every year", "renews automatically until you cancel", "You can cancel anytime"):
        assert term in before_button
    assert shop.sandbox.subscriptions()[0]["interval"] == "month"
    assert "$99.98" in press("change", plan=yearly.pk, quantity="2").text
    assert shop.sandbox.subscriptions()[0]["interval"] == "year"
    assert charged_amounts(shop) == ["39.99"]


def test_other_variants_can_be_chosen(shop, client):
    plan = make_lamp_plan(shop)
    lamp = shop.products.get(name="Desk lamp")
    subscription = start_subscription(shop, plan, variant=variant_of(lamp, "Black"))

    page = client.get(f"{subscription.get_absolute_url()}/change", {"variant": variant_of(lamp, "White").pk})

    assert "1 × <bdi>Desk lamp, White</bdi>" in page.text
    assert "<td>$64.00</td>" in page.text


@pytest.mark.parametrize("query", ["plan=sp_x", "variant=var_x", "quantity=0", "quantity=x"])
def test_unavailable_change_shows_an_error(client, subscription, query):
    page = client.get(f"{subscription.get_absolute_url()}/change?{query}")

    assert page.status_code == 200
    assert 'role="alert"' in page.text


def test_canceled_subscription_cannot_be_changed(client, subscription, press):
    press("cancel")

    assert client.get(f"{subscription.get_absolute_url()}/change").status_code == 409


def test_invalid_action_is_rejected(shop, press):
    for action, fields in (
        ("fly", {}),
        ("change", {"quantity": "x"}),
        ("skip", {"charge_at": "2026-02-30T10:00:00+00:00"}),
        ("skip", {}),
    ):
        assert press(action, **fields).status_code == 400
    assert next_status(shop) == "active"


def test_cross_site_post_is_rejected(shop, client, subscription):
    answer = client.post(
        f"{subscription.get_absolute_url()}/act",
        {"action": "cancel"},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert next_status(shop) == "active"


def test_page_needs_the_secret_token_of_its_store(client, subscription):
    make_store(host="other.example")

    assert client.get(f"/subscriptions/{subscription.pk}").status_code == 404
    assert client.get(subscription.get_absolute_url(), headers={"Host": "other.example"}).status_code == 404


def test_cancel_accepts_a_listed_reason_or_free_text(client, subscription, press):
    page = client.get(subscription.get_absolute_url()).text
    assert 'name="other_reason"' in page
    assert '<option value="product_too_expensive">Too expensive</option>' in page
    assert "disputed" not in page

    press("cancel", reason="other", other_reason="We have moved.")

    assert Subscription.objects.get().cancel_reason == "We have moved."


def test_admin_shows_subscriptions_and_invoices(admin_client, subscription):
    Subscription.objects.update(cancel_reason="product_too_expensive")
    path = f"/admin/subscriptions/subscription/{subscription.pk}/change/"
    page = admin_client.get(path).text
    assert "Too expensive" in page
    assert "Field notes" in page
    assert "Ada Lovelace" in admin_client.get("/admin/subscriptions/subscription/").text
    assert "39.99" in admin_client.get("/admin/subscriptions/invoice/").text
