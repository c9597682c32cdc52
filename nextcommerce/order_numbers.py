"""Order numbers of NEXT Commerce."""

import re

_ORDER_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_order_number(text: str) -> bool:
    """Return True if the text can be an order's number: it is safe in a URL path and fits our columns."""
    return _ORDER_NUMBER.fullmatch(text) is not None
