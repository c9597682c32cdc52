"""Mirror listeners: how an app above learns what NEXT says of an order.

`orders` sits below the apps that an order can begin something in, so it cannot call them. They register a
function here from their `AppConfig.ready()`, and `orders.mirror` calls it.
"""

from typing import Protocol

from nextcommerce.order_schemas import NextOrder
from orders.models import Order


class MirrorListener(Protocol):
    """Called at the end of each `mirror_order`, in its transaction, which holds the order's row.

    The same answer may come any number of times: calling it twice must change nothing.
    """

    def __call__(self, *, order: Order, next_order: NextOrder) -> None: ...


_listeners: list[MirrorListener] = []


def register_mirror_listener(listener: MirrorListener) -> None:
    """Have `listener` called after each order is mirrored, in the order of registration."""
    if listener not in _listeners:
        _listeners.append(listener)


def notify_mirror_listeners(*, order: Order, next_order: NextOrder) -> None:
    """Tell each listener what NEXT says of `order`."""
    for listener in _listeners:
        listener(order=order, next_order=next_order)
