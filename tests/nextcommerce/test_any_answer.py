"""No JSON that NEXT may send raises, and whatever comes out can be stored."""

import dataclasses
import datetime
import enum
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nextcommerce import deserializers, store_deserializers
from tests.nextcommerce.next_answers import ORDER, TEMPLATES

FUZZ = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
EVENT_TYPES = ("order.created", "subscription.updated", "transaction.created", "fulfillment.created")
DESERIALIZERS = {
    "order": deserializers.deserialize_order,
    "transaction": deserializers.deserialize_transaction,
    "refund": deserializers.deserialize_refund,
    "refund quote": deserializers.deserialize_refund_quote,
    "subscription": deserializers.deserialize_subscription,
    "store": store_deserializers.deserialize_store,
    "gateway": store_deserializers.deserialize_gateway,
    "gateway group": store_deserializers.deserialize_gateway_group,
    "shipping method": store_deserializers.deserialize_shipping_method,
    "product": store_deserializers.deserialize_product,
    "webhook": store_deserializers.deserialize_webhook,
    **{
        event_type: lambda data, event_type=event_type: store_deserializers.deserialize_event(
            event_type, data
        )
        for event_type in (*EVENT_TYPES, "customer.updated", "app.uninstalled", "")
    },
}
NASTY = st.sampled_from(
    [
        *(float("nan"), float("inf"), 1e308, 10**400, -1, 0, 2**63, -(2**63), 1.5),
        *("NaN", "Infinity", "1e400", "1e-400", "0e999999999", "-5.00", "1_000", "٣"),
        *("", "\0", "a\0b", "\ud800", "x" * 5000, "../1", "http://[", "US", "usd", "dollars"),
        *("2026-02-03T04:05:06", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", "2026-13-45"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | NASTY
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


Path = tuple[str | int, ...]


def list_paths(value: Any, above: Path = ()) -> list[Path]:
    """Return the place of every value inside a JSON value, and of the value itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(path for name, item in items for path in list_paths(item, (*above, name)))]


def list_leaves(value: Any) -> list[Path]:
    """Return the place of every value that holds no other."""
    paths = list_paths(value)
    return [path for path in paths if not any(other[:-1] == path for other in paths if other)]


def replace_at(value: Any, path: Path, new: Any) -> Any:
    """Return a copy with the value at `path` replaced. A path that is gone changes nothing."""
    if not path:
        return new
    name, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {key: replace_at(item, rest, new) if key == name else item for key, item in value.items()}
    if isinstance(value, list):
        return [replace_at(item, rest, new) if key == name else item for key, item in enumerate(value)]
    return value


def spoiled(template: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the template with up to six of its values replaced by anything."""
    changes = st.lists(st.tuples(st.sampled_from(list_paths(template)[1:]), JSON), min_size=1, max_size=6)

    def apply(changes: list[tuple[Path, Any]]) -> Any:
        data = template
        for path, new in changes:
            data = replace_at(data, path, new)
        return data

    return changes.map(apply)


def assert_storable(value: Any, place: str = "") -> None:
    """Check that our columns can hold every value in it."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            assert_storable(getattr(value, field.name), f"{place}.{field.name}")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            assert_storable(name, f"{place} key")
            assert_storable(item, f"{place}[{name!r}]")
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            assert_storable(item, f"{place}[]")
    elif isinstance(value, str):
        assert "\0" not in value, place
        value.encode()
    elif isinstance(value, Decimal):
        assert value.is_finite(), place
        assert abs(value) < 10**10, place
        assert len(f"{value:f}") < 60, place
    elif isinstance(value, datetime.datetime):
        assert timezone.is_aware(value), place
        value.astimezone(datetime.UTC)
    elif isinstance(value, int):
        assert -(2**63) < value < 2**63, place
        assert value >= 1 or not place.endswith((".id", "_id")), place
        assert value >= 0 or not place.endswith(("quantity", "cycle", "stock")), place
    else:
        assert value is None or isinstance(value, enum.Enum), place


@pytest.mark.parametrize("name", DESERIALIZERS)
def test_any_json_is_read_without_an_error(name):
    deserialize = DESERIALIZERS[name]

    @FUZZ
    @given(data=JSON)
    def read(data):
        assert_storable(deserialize(data))

    read()


@pytest.mark.parametrize("name", TEMPLATES)
def test_known_keys_with_wrong_values_are_read_without_an_error(name):
    deserialize = DESERIALIZERS[name]

    @FUZZ
    @given(data=spoiled(TEMPLATES[name]))
    def read(data):
        assert_storable(deserialize(data))

    read()


def test_derived_values_of_any_order_raise_nothing():
    @FUZZ
    @given(data=spoiled(ORDER))
    def ask(data):
        order = deserializers.deserialize_order({**data, "number": "100001"})
        assert order is not None
        assert all(order.line_total(line).is_finite() for line in order.lines)
        assert {order.has_shipped, order.is_canceled, order.is_void, order.is_settled} <= {True, False}

    ask()


def test_every_value_of_a_valid_answer_is_read():
    """A misspelled key would go unnoticed otherwise."""
    unread = {
        ".".join([name, *(str(step) for step in path if isinstance(step, str))])
        for name, template in TEMPLATES.items()
        if "." not in name
        for path in list_leaves(template)
        if DESERIALIZERS[name](replace_at(template, path, [])) == DESERIALIZERS[name](template)
    }

    # These count only if another value is missing, or in an event.
    assert unread == {
        "order.fulfillments.tracking_code",
        "order.lines.product.id",
        "order.lines.product.title",
        "order.lines.product_id",
        "order.subscriptions.billing_cycle",
        "order.transactions.attribution.metadata.mark",
        "order.transactions.order",
        "order.transactions.subscription.id",
        "product.images.attachment",
        "product.variants.allow_backorders",
        "product.variants.purchase_availability",
        "product.variants.variant_attribute_values.code",
        "subscription.lines.product_id",
        "transaction.attribution.metadata.mark",
        "transaction.order",
        "transaction.subscription.id",
    }
