from datetime import datetime

from django.conf import settings

from sandbox.catalog import Row
from sandbox.models import Store


def when(moment: datetime, store: Store) -> str:
    """ISO 8601 with the offset of the store's timezone."""
    return moment.astimezone(store.zone).isoformat()


def address(path: str) -> str:
    return f"{settings.SANDBOX_URL}{path}"


def picture(image: str) -> str:
    """The variant's picture as an absolute address; one of the sandbox's own without."""
    if image.startswith(("http://", "https://")):
        return image
    return address(image if image.startswith("/") else "/sandbox/no-picture.svg")


def absent(store: Store, row: Row) -> Row | None:
    """What stands where there is nothing.

    The description allows no null for these objects, so it is one with id 0; the switch
    ``null_objects`` sends null, as a store may do whatever its description says.
    """
    return None if store.switches["null_objects"] else row


def agent_json(store: Store, agent: object = None) -> Row | None:
    row = {"id": agent or 0, "email": None, "first_name": "", "last_name": ""}
    return row if agent else absent(store, row)


def attribution_json(kept: Row, store: Store) -> Row:
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
        "agent": agent_json(store, kept.get("agent")),
        "metadata": kept.get("metadata") or {},
    }


def address_json(kept: Row | None, row_id: int) -> Row | None:
    return None if kept is None else {"id": row_id, **kept}
