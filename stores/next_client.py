"""Open the NEXT client of a store; no other module creates one."""

from datetime import timedelta
from functools import partial

from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from stores.models import Store

_ONCE_A_MINUTE = timedelta(minutes=1)
# NEXT rejected the token or the URL rather than the request: the store's settings are wrong.
_BROKEN_SETUP_STATUSES = {None, 401, 403, 404}


def open_next_client(
    store: Store,
    *,
    background: bool = False,
    max_seconds: float | None = None,
    records_outcome: bool = True,
) -> NextClient:
    """Return a client for the store. A `background` client waits longer and yields to shoppers' calls.

    With `max_seconds`, a call that takes longer fails: for pages that can be shown without the answer.
    Without `records_outcome`, a refused call doesn't count as a failure of the store.
    """
    return NextClient(
        base_url=store.next_api_url,
        token=store.access_token,
        background=background,
        max_seconds=max_seconds,
        on_outcome=partial(record_call_outcome, store) if records_outcome else lambda _error: None,
    )


def record_call_outcome(store: Store, error: NextApiError | None) -> None:
    """Record when NEXT last responded, or what failed; each at most once a minute."""
    now = timezone.now()
    if error is None or (error.is_refused and error.status not in _BROKEN_SETUP_STATUSES):
        last = store.last_response_at
        if last is None or now - last >= _ONCE_A_MINUTE:
            store.last_response_at = now
            Store.objects.filter(pk=store.pk).update(last_response_at=now)
        return
    last, message = store.last_failure_at, error.message
    if last is None or now - last >= _ONCE_A_MINUTE or store.last_failure_message != message:
        store.last_failure_at, store.last_failure_message = now, message
        Store.objects.filter(pk=store.pk).update(last_failure_at=now, last_failure_message=message)
