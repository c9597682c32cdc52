"""NEXT's words for states are shown to people in their language, and never lost."""

import pytest
from django.utils.translation import override

from nextcommerce.status_labels import STATUS_LABELS, label_status, name_status
from nextcommerce.statuses import (
    NextFulfillmentStatus,
    NextOrderStatus,
    NextPaymentStatus,
    NextSubscriptionStatus,
)
from tests.factories import make_order, make_store
from tests.subscriptions.test_admin_pages import make_subscription
from wording.sentence import Label


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("partially_refunded", "Partly refunded"),
        ("past_due", "Past due"),
        ("seized_by_customs", "Seized by customs"),
        ("QUEUED", "Queued"),
        ("", ""),
    ],
)
def test_known_states_have_labels_and_unknown_ones_are_shown_as_words(code, shown):
    assert label_status(code) == shown


@pytest.mark.any_database
def test_each_word_that_next_has_is_known():
    ours = (NextOrderStatus, NextPaymentStatus, NextFulfillmentStatus, NextSubscriptionStatus)

    words = {str(word) for each in ours for word in each} - {""}

    assert words - set(STATUS_LABELS) == set()
    assert {"archived", "pending", "unfulfilled", "on_hold", "processing", "rejected"} < set(STATUS_LABELS)


@pytest.mark.any_database
def test_state_in_a_sentence_is_worded_for_its_reader():
    known, unknown = name_status("delivered"), name_status("seized_by_customs")

    assert (known, str(known), unknown) == (Label("Delivered"), "Delivered", "Seized by customs")
    with override("de"):
        assert (str(known), label_status("delivered")) == ("Zugestellt", "Zugestellt")


@pytest.mark.page
def test_staff_read_words_instead_of_codes(admin_client):
    order = make_order(
        make_store(), next_payment_status="partially_refunded", next_fulfillment_status="seized_by_customs"
    )
    subscription = make_subscription(order.store, next_status="past_due")

    page = admin_client.get(f"/admin/orders/order/{order.pk}/change/").text
    assert "<dd>Partly refunded</dd>" in page
    assert "<dd>Seized by customs</dd>" in page
    page = admin_client.get(f"/admin/subscriptions/subscription/{subscription.pk}/change/").text
    assert "<dd>Past due</dd>" in page
    assert "past_due" not in page
