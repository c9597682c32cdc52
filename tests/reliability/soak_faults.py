"""The faults that the soak plays, in the sandbox's format."""

from typing import Any

from sandbox.nonsense import CHANGES

FAULTS: list[dict[str, Any]] = [
    {"operation": operation, "when": when, **kind}
    for operation in ("ordersCreate", "ordersList", "ordersRetrieve", "productsList", "*")
    for when in ("before", "after")
    for kind in (
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 504},
        {"kind": "status", "status": 429, "retry_after": 1},
        {"kind": "close"},
        {"kind": "garbage"},
        {"kind": "truncate"},
        {"kind": "delay", "seconds": 0.5},
    )
    # NEXT never throttles a call after it has created the order.
    if not (when == "after" and kind.get("status") == 429)
] + [{"operation": "ordersCreate", "when": "after", "kind": "delay", "seconds": 4}]
MONEY_CALLS = ("ordersCreate", "ordersAddLineItemsCreate", "ordersRefundCreate")
FAULTS += [
    {"operation": operation, "when": "after", "kind": "status", "status": status}
    for operation in MONEY_CALLS
    for status in (400, 404, 409, 422, 429)
]
FAULTS += [
    *({"operation": operation, "when": "before", "kind": "repeat"} for operation in MONEY_CALLS),
    *(
        {"operation": operation, "when": "before", "kind": kind}
        for operation, kinds in (
            ("ordersRetrieve", ("stale", "foreign_order")),
            ("ordersList", ("empty_list", "short_list")),
            ("productsList", ("empty_list", "short_list")),
        )
        for kind in kinds
    ),
]
# Absurd answers about orders and refunds, those about money included.
NONSENSE = tuple(range(len(CHANGES)))
