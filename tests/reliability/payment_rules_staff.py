"""Payment model: what staff do in the admin."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from checkout.models import PaymentIntent
from checkout.payments import review_refunds, reviews
from orders import refunds, staff_actions
from orders.models import Order, OrderReview
from orders.refunds import RefundInput, full_refund_input
from tests.reliability.payment_machine import INDEX, PaymentMachineBase, needs

CLOSE_REVIEW = {
    "accept": reviews.accept_reviewed_payment,
    "refund": review_refunds.refund_reviewed_payment,
    "dismiss": reviews.dismiss_review,
}
REVIEW_ACTIONS = ("accept", "refund", "refund", "dismiss")
REFUNDS = ("one", "everything", "shipping", "amount", "amount", "cancel")


class StaffRules(PaymentMachineBase):
    """Staff close reviews, refund and cancel."""

    @rule(which=INDEX, action=st.sampled_from(REVIEW_ACTIONS))
    @needs(lambda self: PaymentIntent.objects.filter(status="review").exists())
    def staff_close_a_review(self, which: int, action: str) -> None:
        """Close an open review in one of the ways that staff have."""
        open_reviews = list(PaymentIntent.objects.filter(status="review").select_related("order", "store"))
        intent = open_reviews[which % len(open_reviews)]
        self.act_as_staff(action, lambda: CLOSE_REVIEW[action](intent=intent, actor="kim"))

    @rule(which=INDEX)
    @needs(lambda self: OrderReview.objects.open().exists())
    def staff_close_an_order_review(self, which: int) -> None:
        """Close any open review on its order's page, which refuses those of payments."""
        open_reviews = list(OrderReview.objects.open().order_by("opened_at"))
        review = open_reviews[which % len(open_reviews)]
        self.act_as_staff(
            "close review",
            lambda: staff_actions.close_order_review(review=review, actor="kim", note=""),
        )
        still_open = set(OrderReview.objects.open().values_list("pk", flat=True))
        kept = {other.pk for other in open_reviews if other != review or review.is_of_payment}
        assert still_open == kept

    @rule(which=INDEX, what=st.sampled_from(REFUNDS), again=st.booleans())
    @needs(lambda self: Order.objects.filter(paid_at__isnull=False).exists())
    def staff_refund_or_cancel(self, which: int, what: str, again: bool) -> None:
        """Calculate a refund and confirm it, once or twice; or cancel the order."""
        paid = list(
            Order.objects.filter(paid_at__isnull=False).select_related("store").order_by("created_at")
        )
        order = paid[which % len(paid)]
        if what == "cancel":
            self.act_as_staff(
                "cancel",
                lambda: staff_actions.cancel_paid_order(
                    order=order, reason="x", full_refund=True, notify=False, actor="kim"
                ),
            )
            return
        refund_input = {
            "one": RefundInput(quantities={order.items.all()[0].pk: 1}),
            "everything": full_refund_input(order),
            "shipping": RefundInput(shipping=True),
            "amount": RefundInput(amount=Decimal("1.00")),
        }[what]

        def calculate_and_refund() -> None:
            refund_quote = refunds.fetch_refund_quote(order=order, refund_input=refund_input)
            for _ in range(2 if again else 1):
                self.act_as_staff(
                    f"refund {what}",
                    lambda: refunds.issue_refund(
                        order=order,
                        refund_input=refund_input,
                        expected=refund_quote.amount,
                        refunded_before=refunded_before,
                        actor="kim",
                    ),
                )

        refunded_before = order.refunded_amount
        self.act_as_staff(f"calculate {what}", calculate_and_refund)
