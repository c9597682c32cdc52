"""A subscription's page in the admin: staff run the subscriber's actions, and each is logged."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.staff_log import describe_log_entry
from tests.factories import make_invoice, make_order, make_store
from tests.subscriptions.helpers import make_coffee_plan, start_subscription


def page_of(subscription):
    return reverse("admin:subscriptions_subscription_change", args=[subscription.pk])


@pytest.fixture
def press(admin_client):
    """Press a button on a subscription's page and return the resulting page."""

    def press(subscription, action, **fields):
        path = reverse("admin:subscriptions_subscription_act", args=[subscription.pk])
        return admin_client.post(path, {"action": action, **fields}, follow=True).text

    return press


def test_staff_pause_resume_skip_and_cancel_a_subscription(shop, admin_client, press):
    subscription = start_subscription(shop, make_coffee_plan(shop))
    next_charge = subscription.next_renewal_at

    order = reverse("admin:orders_order_change", args=[subscription.order_id])
    assert page_of(subscription) in admin_client.get(order).text
    customer_page = reverse("admin:subscriptions_subscription_customer_page", args=[subscription.pk])
    assert customer_page in admin_client.get(page_of(subscription)).text
    opened = admin_client.get(customer_page)
    assert opened["Location"] == f"http://testserver{subscription.get_absolute_url()}"
    LogEntry.objects.all().delete()
    assert "Resume" in press(subscription, "pause", months="2")
    assert shop.sandbox.subscriptions()[0]["status"] == "paused"
    assert "Skip the charge on" in press(subscription, "resume")
    press(subscription, "skip", charge_at=next_charge.isoformat())
    subscription.refresh_from_db()
    assert subscription.next_renewal_at > next_charge
    assert "Keep subscription" in press(subscription, "cancel", reason="price")
    press(subscription, "revoke")

    subscription.refresh_from_db()
    assert (subscription.status, subscription.cancel_at_period_end) == ("active", False)
    done = LogEntry.objects.filter(object_id=subscription.pk).order_by("pk")
    acts = ("pause", "resume", "skip", "cancel", "revoke")
    assert [describe_log_entry(entry) for entry in done] == [f"Requested: {act}." for act in acts]


@pytest.mark.django_db
def test_refusal_is_shown_and_not_logged(press):
    subscription = make_invoice(make_order(make_store())).subscription

    assert "Only a paused subscription can be resumed." in press(subscription, "resume")
    assert "Choose an action." in press(subscription, "give")
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
def test_view_permission_shows_and_allows_no_actions(client, django_user_model):
    subscription = make_invoice(make_order(make_store())).subscription
    user = django_user_model.objects.create_user("grace", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_subscription"))
    client.force_login(user)

    assert (
        reverse("admin:subscriptions_subscription_act", args=[subscription.pk])
        not in client.get(page_of(subscription)).text
    )
    answer = client.post(
        reverse("admin:subscriptions_subscription_act", args=[subscription.pk]), {"action": "cancel"}
    )

    assert answer.status_code == 403
