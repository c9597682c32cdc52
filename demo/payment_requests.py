"""What the demo's past has beside orders: payment requests by email, and a withdrawal."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from catalog.models import LinkVisitCount, Variant
from demo.people import ORDER_STAFF_NAME, build_address, build_email
from orders.contract_notices import KnownContract, Statement, receive_notice
from orders.models import ContractNotice, Order, PaymentRequest
from orders.new_payment_requests import RequestDraft, RequestedItem, create_payment_request
from orders.notifications import send_due_notifications
from orders.payment_requests import cancel_payment_request
from orders.withdrawals import process_withdrawal

if TYPE_CHECKING:
    from demo.history import DemoPast

Event: TypeAlias = tuple[datetime.datetime, Callable[[], None]]
OPEN_DAYS = 14
A_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class DemoRequest:
    """A request for money, how many days before today it was sent, and what became of it a day later."""

    title: str
    slug: str
    shopper: int
    days_ago: int
    price: str
    quantity: int = 1
    note: str = ""
    end: str = ""  # paid, canceled, or seen; otherwise nobody has answered it


DEMO_REQUESTS = (
    DemoRequest(
        *("Mugs for the office", "dawn-mug", 4, 61, "16.00"),
        quantity=12,
        note="Twelve mugs at the price we agreed on.",
        end="paid",
    ),
    DemoRequest("Replacement carafe", "pour-over-set", 9, 38, "24.00"),
    DemoRequest("Cushions, second delivery", "linen-cushion", 13, 22, "39.00", quantity=2, end="canceled"),
    DemoRequest(
        *("Workshop: hand brewing", "quiet-kitchen", 17, 4, "45.00"),
        note="Your place is reserved. Bring the mug you like best.",
        end="seen",
    ),
    DemoRequest("Vases for the wedding tables", "bud-vase", 21, 2, "28.00", quantity=8),
)


def plan_payment_requests(past: "DemoPast", ends_at: datetime.datetime) -> list[Event]:
    """Return when requests are sent, and what becomes of them, in the order of time."""
    events: list[Event] = []
    for number, wanted in enumerate(DEMO_REQUESTS):
        played = PlayedRequest(past, wanted, number)
        sent_at = ends_at - wanted.days_ago * A_DAY
        events += [(sent_at, played.send), (sent_at + A_DAY, played.end)]
    return sorted(events, key=lambda event: event[0])


def play_events(past: "DemoPast", events: list[Event], *, until: datetime.datetime) -> None:
    """Let the events up to this moment happen, each at its own."""
    while events and events[0][0] <= until:
        at, happen = events.pop(0)
        past.move_to(at)
        happen()


class PlayedRequest:
    """One request in the demo's past."""

    def __init__(self, past: "DemoPast", wanted: DemoRequest, number: int) -> None:
        self.past = past
        self.wanted = wanted
        self.form_key = f"demo-{number}"
        self.request: PaymentRequest | None = None

    def send(self) -> None:
        """Ask for the money. The email goes out at once."""
        wanted, store = self.wanted, self.past.store
        address = build_address(wanted.shopper)
        variants = Variant.objects.filter(product__store=store, product__slug=wanted.slug)
        variant = variants.exclude(inventory_quantity=0).earliest("position")
        self.request = create_payment_request(
            store=store,
            draft=RequestDraft(
                title=wanted.title,
                items=(RequestedItem(variant.pk, wanted.quantity, Decimal(wanted.price)),),
                email=build_email(address),
                name=f"{address.first_name} {address.last_name}",
                language="en",
                expires_on=self.past.now.date() + OPEN_DAYS * A_DAY,
                note=wanted.note,
                reminder=PaymentRequest.Reminder.BEFORE,
                reminder_days=3,
            ),
            form_key=self.form_key,
            actor=ORDER_STAFF_NAME,
        )
        send_due_notifications()

    def end(self) -> None:
        """Let what became of it happen."""
        request = self.request
        assert request is not None
        if self.wanted.end in {"paid", "seen"}:
            LinkVisitCount.objects.create(
                store=self.past.store, link_id=request.link_id, date=self.past.now.date(), count=1
            )
        if self.wanted.end == "paid":
            self.past.buy_as_offered(shopper=self.wanted.shopper, link=request.link)
        elif self.wanted.end == "canceled":
            cancel_payment_request(request=request)


def receive_demo_withdrawal(past: "DemoPast") -> None:
    """Receive a statement about one of the last orders, which staff haven't handled yet."""
    paid = Order.objects.filter(store=past.store, refunded_amount=0, subscriptions=None, reviews=None)
    order = paid.exclude(paid_at=None).order_by("-paid_at").first()
    if order is None:
        return
    receive_notice(
        store=past.store,
        kind=ContractNotice.Kind.WITHDRAWAL,
        statement=Statement(name=order.name, contract=order.number, items="", email=order.email),
        page_key="demo",
        language=order.language,
        received_at=past.now,
        process=process_withdrawal,
        contract=KnownContract(order=order),
    )
