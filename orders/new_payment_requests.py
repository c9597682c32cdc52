"""Asking somebody for a payment: the request, the link to pay at, and the emails in one transaction."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.availability import explain_setup_problem, has_stock
from catalog.hold_limits import require_orderable_quantity
from catalog.link_validation import AddOnDraft, LinkExtras
from catalog.models import PaymentLink, Variant
from catalog.payment_links import LinkTerms, create_payment_link
from orders.customers import get_or_create_customer
from orders.models import Notification, PaymentRequest
from orders.notifications import queue_request_notification
from orders.payment_requests import (
    end_of_day,
    find_reminder_time,
    require_possible_end,
    schedule_reminder,
)
from stores.errors import Problem
from stores.models import Store
from stores.money import MAX_AMOUNT
from stores.typed_text import fold_text

Kind = Notification.Kind
Reminder = PaymentRequest.Reminder
MAX_ITEMS = 20


@dataclass(frozen=True)
class RequestedItem:
    """A quantity of a variant, at a price for one unit; without one, at the variant's own."""

    variant_id: str
    quantity: int = 1
    price: Decimal | None = None


@dataclass(frozen=True)
class RequestDraft:
    """What to ask for, and of whom. `expires_on` is the last day on which it can be paid."""

    title: str
    items: tuple[RequestedItem, ...]
    email: str
    name: str
    language: str
    expires_on: datetime.date
    reference: str = ""
    note: str = ""
    reminder: str = Reminder.NONE
    reminder_days: int = 0


def create_payment_request(*, store: Store, draft: RequestDraft, form_key: str, actor: str) -> PaymentRequest:
    """Create a request and queue its email. The same `form_key` again returns the request it made.

    Raises Problem for anything that couldn't be paid.
    """
    expires_at = end_of_day(draft.expires_on, store)
    require_possible_end(expires_at)
    try:
        with transaction.atomic():
            return _create_request(
                store=store, draft=draft, form_key=form_key, actor=actor, expires_at=expires_at
            )
    except IntegrityError:
        known = PaymentRequest.objects.select_related("store", "link").filter(form_key=form_key).first()
        if known is None:
            raise
        return known


def _create_request(
    *, store: Store, draft: RequestDraft, form_key: str, actor: str, expires_at: datetime.datetime
) -> PaymentRequest:
    title = fold_text(draft.title)
    variants = _find_variants(store, draft.items)
    prices = {
        item.variant_id: variants[item.variant_id].price if item.price is None else item.price
        for item in draft.items
    }
    amount = sum((prices[item.variant_id] * item.quantity for item in draft.items), Decimal(0))
    if amount > MAX_AMOUNT:
        raise Problem(_("This order is too large. Please reduce the quantity."), field="items")
    request = PaymentRequest(
        store=store,
        form_key=form_key,
        customer=get_or_create_customer(store=store, email=draft.email, name=draft.name),
        email=draft.email,
        name=fold_text(draft.name),
        language=draft.language,
        title=title,
        reference=draft.reference,
        note=draft.note,
        amount=amount,
        currency=store.currency,
        reminder=draft.reminder,
        reminder_days=draft.reminder_days,
        created_by=actor[:150],
        created_at=timezone.now(),
    )
    request.link = _create_link(
        store=store, draft=draft, title=title, prices=prices, variants=variants, expires_at=expires_at
    )
    reminder_at = find_reminder_time(request, expires_at=expires_at)
    if draft.reminder != Reminder.NONE and (reminder_at is None or reminder_at <= timezone.now()):
        raise Problem(
            _("The reminder would go out before the request or after it expires. Choose other days."),
            field="reminder_days",
        )
    request.save(force_insert=True)
    queue_request_notification(request=request, kind=Kind.REQUEST, key=Kind.REQUEST, at=timezone.now())
    schedule_reminder(request)
    return request


def _find_variants(store: Store, items: tuple[RequestedItem, ...]) -> dict[str, Variant]:
    """Return the variants by ID. Raises Problem unless each is there once and can be bought."""
    ids = [item.variant_id for item in items]
    if not 1 <= len(ids) <= MAX_ITEMS:
        raise Problem(_("Choose 1 to %(most)d products.") % {"most": MAX_ITEMS}, field="items")
    if len(set(ids)) < len(ids):
        raise Problem(_("Choose each product only once. Enter a quantity instead."), field="items")
    rows = Variant.objects.filter(pk__in=ids, product__store=store, active=True, product__active=True)
    variants = {variant.pk: variant for variant in rows.select_related("product")}
    for item in items:
        if item.variant_id not in variants:
            raise Problem(_("This product is no longer available."), field="items")
        _require_payable(variants[item.variant_id], item.quantity, store)
    return variants


def _require_payable(variant: Variant, quantity: int, store: Store) -> None:
    """Raise Problem if the recipient couldn't check out this quantity now."""
    if problem := explain_setup_problem(variant, store=store):
        raise Problem(f"{variant}: {problem}", field="items")
    require_orderable_quantity(variant, quantity)
    if not has_stock(variant, quantity):
        raise Problem(
            _("There isn't enough %(name)s in stock for this request.") % {"name": variant}, field="items"
        )


def _create_link(
    *,
    store: Store,
    draft: RequestDraft,
    title: str,
    prices: dict[str, Decimal],
    variants: dict[str, Variant],
    expires_at: datetime.datetime,
) -> PaymentLink:
    """Create the link for one purchase of exactly these items."""
    first, *others = draft.items
    return create_payment_link(
        store=store,
        product_id=variants[first.variant_id].product_id,
        default_variant_id=first.variant_id,
        primary_variant_ids=[first.variant_id],
        add_ons=[
            AddOnDraft(item.variant_id, item.quantity, item.quantity, prices[item.variant_id])
            for item in others
        ],
        extras=LinkExtras(
            name=title[:100],
            expires_at=expires_at,
            uses_left=1,
            prefilled_email=draft.email,
            accepts_codes=False,
        ),
        terms=LinkTerms(
            fixed_quantity=first.quantity,
            prices={first.variant_id: prices[first.variant_id]},
            is_personal=True,
            purpose=title,
        ),
    )
