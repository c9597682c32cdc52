"""What the serializers share: dates, URLs, attribution and absent objects."""

from datetime import datetime

from django.conf import settings

from sandbox.catalog import JsonObject
from sandbox.models import Store


def format_store_datetime(moment: datetime, store: Store) -> str:
    """Return ISO 8601 with the offset of the store's time zone."""
    return moment.astimezone(store.zone).isoformat()


def build_sandbox_url(path: str) -> str:
    return f"{settings.SANDBOX_URL}{path}"


def build_image_url(image: str) -> str:
    """Return an absolute image URL; without an image, that of the sandbox's placeholder."""
    if image.startswith(("http://", "https://")):
        return image
    return build_sandbox_url(image if image.startswith("/") else "/sandbox/no-picture.svg")


def build_absent_object(store: Store, row: JsonObject) -> JsonObject | None:
    """Return ``row``, or None with the switch ``null_objects``.

    The API description allows no null for these objects, so the sandbox sends one with id 0. A real
    store may still send null.
    """
    return None if store.switches["null_objects"] else row


def serialize_agent(store: Store, agent: object = None) -> JsonObject | None:
    row = {"id": agent or 0, "email": None, "first_name": "", "last_name": ""}
    return row if agent else build_absent_object(store, row)


def serialize_order_attribution(attribution: JsonObject, store: Store) -> JsonObject:
    """Return the attribution as it was sent, with the agent's id as an object."""
    keys = (
        "affiliate",
        "funnel",
        "gclid",
        *(f"subaffiliate{number}" for number in range(1, 6)),
        *(f"utm_{name}" for name in ("campaign", "content", "medium", "source", "term")),
    )
    return {
        **{key: attribution.get(key) for key in keys},
        "agent": serialize_agent(store, attribution.get("agent")),
        "metadata": attribution.get("metadata") or {},
    }


def serialize_order_address(address: JsonObject | None, row_id: int) -> JsonObject | None:
    return None if address is None else {"id": row_id, **address}
