"""Whether a store that could sell still can: checked in the background, shown on the admin's home page."""

import datetime
import logging
from collections import Counter
from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.onboarding.findings import CheckedStore, StepState
from checkout.onboarding.steps import STEP_KINDS, OnboardingCode
from nextcommerce.errors import NextApiError
from orders.reports.tasks import Task
from stores.leases import claim_due_rows
from stores.models import Store, StoreHealth
from stores.next_settings import check_next_settings

CHECK_INTERVAL = datetime.timedelta(hours=1)
# A store that fails is checked again soon, and told of once it has failed for longer than a hiccup.
RECHECK_INTERVAL = datetime.timedelta(minutes=5)
TOLD_AFTER = datetime.timedelta(minutes=9)
# Without these nobody can buy. The others, such as policies, stop no purchase.
REQUIRED_STEPS = (
    OnboardingCode.CONNECTION,
    OnboardingCode.DETAILS,
    OnboardingCode.PAYMENT,
    OnboardingCode.WEBHOOK,
    OnboardingCode.SHIPPING,
    OnboardingCode.PRODUCTS,
)

logger = logging.getLogger(__name__)


def check_due_stores(*, limit: int = 5) -> Counter[str]:
    """Check the stores that are due, each about once an hour. Return counts by outcome.

    For the reconciler. Any number of them may run at the same time.
    """
    done: Counter[str] = Counter()
    StoreHealth.objects.bulk_create(
        [StoreHealth(store=store) for store in Store.objects.filter(health=None)], ignore_conflicts=True
    )
    rows = StoreHealth.objects.select_related("store").exclude(store__access_token="")  # nosec B106
    for health in claim_due_rows(rows, "check_due_at", limit=limit, lease=CHECK_INTERVAL):
        try:
            done[f"stores: {_check_store(health.store)}"] += 1
        except Exception:
            # One store's trouble is its own.
            done["stores: failed"] += 1
            logger.exception("store %s couldn't be checked", health.store.slug)
    return done


def _check_store(store: Store) -> str:
    """Read what NEXT says about the store, and record what stops its sales. Return the outcome."""
    try:
        check_next_settings(store=store)
    except NextApiError as error:  # it is saved, and a check finds it
        logger.warning("store %s: couldn't be checked: %s", store.slug, error)
    return "can't sell" if record_failing_steps(store=store) else "can sell"


def record_failing_steps(*, store: Store) -> list[OnboardingCode]:
    """Save which steps stop sales now, or that none does, and return them. Calls nobody."""
    checked, now = CheckedStore(Store.objects.get(pk=store.pk)), timezone.now()
    failing = [code for code in REQUIRED_STEPS if STEP_KINDS[code].check(checked).state is not StepState.DONE]
    # Until somebody bought something there is nothing to miss; later, NEXT has sent no event about it.
    if STEP_KINDS[OnboardingCode.PURCHASE].check(checked).state is StepState.PROBLEM:
        failing.append(OnboardingCode.PURCHASE)
    if not failing:
        StoreHealth.record(store, could_sell_at=now, failing_steps="", failing_since=None)
        return []
    since = checked.health.failing_since or now
    StoreHealth.record(store, failing_steps=",".join(failing), failing_since=since)
    soon = now + RECHECK_INTERVAL
    StoreHealth.objects.filter(store=store, check_due_at__gt=soon).update(check_due_at=soon)
    return failing


def schedule_store_check(*, store: Store) -> None:
    """Check the store soon, because its settings changed."""
    StoreHealth.record(store, check_due_at=timezone.now())


def list_store_tasks(stores: Sequence[Store]) -> Iterator[Task]:
    """Yield the stores that could sell and may no longer. Needs `health` loaded."""
    told_until = timezone.now() - TOLD_AFTER
    for store in stores:
        health: StoreHealth | None = getattr(store, "health", None)
        if health is None or health.could_sell_at is None or health.failing_since is None:
            continue
        if health.failing_since <= told_until:
            text = _("%(store)s may have stopped selling. Check: %(steps)s") % {
                "store": store.name,
                "steps": ", ".join(_list_titles(health.failing_steps)),
            }
            yield Task(text, reverse("admin:stores_store_setup", args=[store.pk]), is_urgent=True)


def _list_titles(codes: str) -> list[str]:
    known = [code for code in codes.split(",") if code in STEP_KINDS]
    return [str(STEP_KINDS[OnboardingCode(code)].title) for code in known]
