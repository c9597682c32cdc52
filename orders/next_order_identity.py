"""Whether an answer from NEXT is about the NEXT order that an order of ours was settled with.

It may be about another one: somebody saved another store's access token, the store was copied, or a proxy
answers. Order numbers start over in each store, so the same number proves nothing.

| in the answer                                              | it is     |
| ---------------------------------------------------------- | --------- |
| another number, or another currency                        | another   |
| our mark, alone or among others                            | the same  |
| only marks of other payments                               | another   |
| no mark, created at the same time                          | the same  |
| no mark, created at another time                           | another   |
| neither mark nor time, and none of our lines but other ones | another   |
| neither mark nor time, with one of our lines or no lines   | the same  |

Only what both sides know is compared: merchants edit tags and lines, and older API versions leave much out.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from nextcommerce.schemas import NextOrder
from orders import sentences
from orders.models import Order
from wording.sentence import Sentence

# The key under which an order's attribution names the payment intent it was requested for.
INTENT_METADATA_KEY = "payment_intent"
# A payment intent's id. Ids of payment processors, which apps may add as tags, are shorter.
_MARK = re.compile(r"pi_[0-9A-Za-z]{30}")
# API versions round times differently.
MAX_TIME_DIFFERENCE = datetime.timedelta(minutes=1)


class NextOrderMismatch(Exception):
    """An answer from NEXT that isn't about the order it should be about, with nothing changed.

    `reason` completes "refused, because …". `order` is the order to report it for, if staff should know.
    """

    def __init__(self, reason: Sentence, *, order: Order | None = None) -> None:
        super().__init__(reason.in_english())
        self.reason = reason
        self.order = order


@dataclass(frozen=True)
class NextOrderIdentity:
    """What is known about a NEXT order that never changes. Empty values are unknown."""

    number: str | None
    mark: str = ""
    created_at: datetime.datetime | None = None
    currency: str = ""
    # Called only if nothing else decides.
    find_line_ids: Callable[[], set[int]] = set

    @classmethod
    def of_order(cls, order: Order) -> Self:
        """Return the identity of the order's NEXT order, as first seen."""

        def find_line_ids() -> set[int]:
            line_ids = order.items.exclude(next_line_id=None).values_list("next_line_id", flat=True)
            return {line_id for line_id in line_ids if line_id is not None}

        return cls(
            number=order.next_order_number,
            mark=order.next_mark,
            created_at=order.next_created_at,
            currency=order.next_currency,
            find_line_ids=find_line_ids,
        )

    def describe_difference(self, next_order: NextOrder) -> Sentence:
        """Return why the answer is about another order; the empty sentence if it is about this one."""
        if self.number not in (None, next_order.number):
            return sentences.OTHER_NUMBER.fill(found=next_order.number, expected=self.number or "")
        if self.currency and next_order.currency not in ("", self.currency):
            return sentences.OTHER_CURRENCY.fill(found=next_order.currency, expected=self.currency)
        marks = marks_in(next_order)
        if self.mark and marks:
            return Sentence() if self.mark in marks else sentences.OTHER_PAYMENT.fill()
        if self.created_at and next_order.created_at:
            is_same = abs(next_order.created_at - self.created_at) <= MAX_TIME_DIFFERENCE
            return Sentence() if is_same else sentences.OTHER_TIME.fill()
        return self._describe_line_difference(next_order)

    def _describe_line_difference(self, next_order: NextOrder) -> Sentence:
        line_ids = {line.id for line in next_order.lines if line.id is not None}
        known_ids = self.find_line_ids() if line_ids else set()
        is_other = bool(known_ids) and known_ids.isdisjoint(line_ids)
        return sentences.UNKNOWN_LINES.fill() if is_other else Sentence()


def marks_in(next_order: NextOrder) -> set[str]:
    """Return the payment intent ids that the NEXT order carries in its tags or attribution."""
    attributed = next_order.metadata.get(INTENT_METADATA_KEY)
    return {
        mark for mark in (*next_order.tags, attributed) if isinstance(mark, str) and _MARK.fullmatch(mark)
    }
