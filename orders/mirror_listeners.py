"""Mirror listeners: how apps above `orders` react to changes of a NEXT order.

`orders` must not import the apps above it. They register a function here from their `AppConfig.ready()`,
and `orders.mirror` calls it.
"""

from typing import Protocol

from nextcommerce.schemas import NextOrder
from orders.models import Order


class MirrorListener(Protocol):
    """A callback for the end of each `mirror_order`, in its transaction, with the order's row locked.

    It must be idempotent: the same response may arrive any number of times.
    """

    def __call__(self, *, order: Order, next_order: NextOrder) -> None: ...


_listeners: list[MirrorListener] = []


def register_mirror_listener(listener: MirrorListener) -> None:
    """Call `listener` after each order is mirrored. Listeners run in the order of registration."""
    if listener not in _listeners:
        _listeners.append(listener)


def notify_mirror_listeners(*, order: Order, next_order: NextOrder) -> None:
    """Call each listener with the mirrored order and its NEXT order."""
    for listener in _listeners:
        listener(order=order, next_order=next_order)
