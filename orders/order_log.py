"""Writing to the order's log."""

from orders.models import Order, OrderEvent
from wording.sentence import Sentence


def log_order_event(*, order: Order, kind: str, text: Sentence, source: str, actor: str = "") -> OrderEvent:
    """Add a line to the order's log. `kind` and `source` are an `OrderEvent.Kind` and `OrderEvent.Source`.

    `text` is one of the app's `sentences`, without secrets or addresses.
    """
    return OrderEvent.objects.create(order=order, kind=kind, text=text, source=source, actor=actor[:150])
