from datetime import datetime

from django.conf import settings

from sandbox.catalog import JsonObject
from sandbox.models import Store


def format_store_datetime(moment: datetime, store: Store) -> str:
    """ISO 8601 with the offset of the store's timezone."""
    return moment.astimezone(store.zone).isoformat()


def build_sandbox_url(path: str) -> str:
    return f"{settings.SANDBOX_URL}{path}"


def build_image_url(image: str) -> str:
    """The variant's picture as an absolute address; one of the sandbox's own without."""
    if image.startswith(("http://", "https://")):
        return image
    return build_sandbox_url(image if image.startswith("/") else "/sandbox/no-picture.svg")


def build_absent_object(store: Store, row: JsonObject) -> JsonObject | None:
    """What stands where there is nothing.

    The description allows no null for these objects, so it is one with id 0; the switch
    ``null_objects`` sends null, as a store may do whatever its description says.
    """
    return None if store.switches["null_objects"] else row


def serialize_agent(store: Store, agent: object = None) -> JsonObject | None:
    row = {"id": agent or 0, "email": None, "first_name": "", "last_name": ""}
    return row if agent else build_absent_object(store, row)


def serialize_attribution(kept: JsonObject, store: Store) -> JsonObject:
    """Attribution as given; the agent becomes an object."""
    keys = (
        "affiliate",
        "funnel",
        "gclid",
        *(f"subaffiliate{number}" for number in range(1, 6)),
        *(f"utm_{name}" for name in ("campaign", "content", "medium", "source", "term")),
    )
    return {
        **{key: kept.get(key) for key in keys},
        "agent": serialize_agent(store, kept.get("agent")),
        "metadata": kept.get("metadata") or {},
    }


def serialize_order_address(kept: JsonObject | None, row_id: int) -> JsonObject | None:
    return None if kept is None else {"id": row_id, **kept}
