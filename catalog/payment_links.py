"""Payment link services: create, find, change, open, close, and delete."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.bundles import validate_contents
from catalog.free_amount import validate_free_amount
from catalog.link_validation import (
    AddOnDraft,
    LinkExtras,
    QuestionDraft,
    clean_add_ons,
    clean_primary_variants,
    clean_questions,
    clean_tags,
    require_nonzero_first_price,
    slug_taken_error,
    validate_link_settings,
)
from catalog.models import LinkTag, LinkVariant, PaymentLink, Product
from catalog.search import refresh_link_search_text
from stores.errors import Problem
from stores.lookups import get_or_not_found
from stores.models import Store
from stores.page_cache import clear_page_cache

# Query parameters of a link that say where the shopper came from. They become the order's attribution.
ATTRIBUTION_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid")


@dataclass(frozen=True)
class LinkTerms:
    """What else is final about a new link. With amounts, shoppers enter the price.

    `prices` are the link's own for one unit, by primary variant. With `is_personal`, no list has the link.
    """

    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    fixed_quantity: int | None = None
    prices: Mapping[str, Decimal | None] = field(default_factory=dict)
    is_personal: bool = False
    purpose: str = ""


NO_TERMS = LinkTerms()


@transaction.atomic
def create_payment_link(
    *,
    store: Store,
    product_id: str,
    default_variant_id: str,
    primary_variant_ids: Sequence[str],
    add_ons: Sequence[AddOnDraft] = (),
    variant_config: dict[str, Any] | None = None,
    metadata: dict[str, str] | None = None,
    extras: LinkExtras | None = None,
    tags: Sequence[str] = (),
    questions: Sequence[QuestionDraft] = (),
    terms: LinkTerms = NO_TERMS,
) -> PaymentLink:
    """Create an open link. What it sells cannot be changed later.

    Raises NotFound if the store has no such product, and Problem for invalid values.
    """
    products = Product.objects.filter(store=store).prefetch_related("variants")
    product = get_or_not_found(products, _("Product not found"), pk=product_id)
    if not product.active:
        raise Problem(_("The product is not active."), field="product_id")
    primaries = clean_primary_variants(product, primary_variant_ids, default_variant_id)
    rows = [LinkVariant(variant=variant, price=terms.prices.get(variant.pk)) for variant in primaries]
    add_on_rows = clean_add_ons(product, primary_variant_ids, add_ons)
    require_nonzero_first_price(store, primaries, field="primary_variant_ids")
    require_nonzero_first_price(store, [row.variant for row in add_on_rows], field="addon_variants")
    validate_free_amount(product=product, least=terms.min_amount, most=terms.max_amount)
    validate_contents(
        product=product,
        rows=[*rows, *add_on_rows],
        fixed_quantity=terms.fixed_quantity,
        has_free_amount=terms.min_amount is not None,
    )
    extras = extras or LinkExtras()
    validate_link_settings(store=store, extras=extras)
    link = _insert_link(
        store=store,
        product=product,
        default_variant_id=default_variant_id,
        variant_config=variant_config or {},
        metadata=metadata or {},
        **{name: value for name, value in vars(terms).items() if name != "prices"},
        **vars(extras),
    )
    _create_link_variants(link, rows + add_on_rows)
    _save_tags(link, tags)
    _save_questions(link, questions)
    return link


def _insert_link(**fields: Any) -> PaymentLink:
    link = PaymentLink(updated_at=timezone.now(), **fields)
    with _refuse_taken_slug():
        link.save(force_insert=True)
    # A new link's two timestamps must be equal, but `auto_now_add` sets its own.
    PaymentLink.objects.filter(pk=link.pk).update(updated_at=link.created_at)
    link.updated_at = link.created_at
    return link


def _create_link_variants(link: PaymentLink, rows: list[LinkVariant]) -> None:
    for position, row in enumerate(rows):
        row.link, row.position = link, position
    LinkVariant.objects.bulk_create(rows)


@transaction.atomic
def update_payment_link(
    *,
    link: PaymentLink,
    extras: LinkExtras,
    variant_config: dict[str, Any],
    metadata: dict[str, str],
    tags: Sequence[str],
    questions: Sequence[QuestionDraft],
    keeps_uses_left: bool = False,
) -> None:
    """Change everything about a link but what it sells. Raises Problem for invalid values.

    With `keeps_uses_left`, the purchases left stay as they are: shoppers count them down meanwhile.
    """
    validate_link_settings(store=link.store, extras=extras, link=link)
    changes = {**vars(extras), "variant_config": variant_config, "metadata": metadata}
    if keeps_uses_left:
        del changes["uses_left"]
    with _refuse_taken_slug():
        PaymentLink.objects.filter(pk=link.pk).update(**changes)
    for name, value in changes.items():
        setattr(link, name, value)
    _save_tags(link, tags)
    _save_questions(link, questions)
    clear_page_cache(host=link.store.host)


@contextmanager
def _refuse_taken_slug() -> Iterator[None]:
    """Raise Problem if somebody gave another link the same short address at the same time."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        # SQLite names the columns, PostgreSQL the constraint.
        if "slug" not in str(error):
            raise
        raise slug_taken_error() from error


def _save_tags(link: PaymentLink, names: Sequence[str]) -> None:
    wanted = clean_tags(names)
    link.tags.exclude(name__in=wanted).delete()
    known = set(link.tags.values_list("name", flat=True))
    LinkTag.objects.bulk_create(LinkTag(link=link, name=name) for name in wanted if name not in known)
    refresh_link_search_text(link, tags=wanted)


def _save_questions(link: PaymentLink, drafts: Sequence[QuestionDraft]) -> None:
    """Save the questions. One with the same words stays the same row: an open checkout names it."""
    wanted = clean_questions(drafts)
    known = {question.label: question for question in link.questions.all()}
    link.questions.exclude(label__in=[question.label for question in wanted]).delete()
    for question in wanted:
        question.link = link
        if question.label in known:
            question.pk = known[question.label].pk
        question.save(force_insert=question.pk is None)


def link_lookup(address: str) -> dict[str, str]:
    """Return the filter for the end of a link's address: its id, or its slug in any case."""
    return {"pk": address} if address.startswith("plink_") else {"slug": address.lower()}


def list_shared_links(store: Store) -> QuerySet[PaymentLink]:
    """Return the store's links, without those made for one person."""
    return PaymentLink.objects.filter(store=store, is_personal=False)


def find_payment_link(*, store: Store, link_id: str, code: str = "resource_not_found") -> PaymentLink:
    """Return a link of the store that wasn't made for one person. Raises NotFound with `code`."""
    links = list_shared_links(store)
    link = get_or_not_found(links, _("Payment link not found"), code=code, pk=link_id)
    link.store = store
    return link


def find_link_spelled_alike(*, store: Store, link_id: str) -> PaymentLink | None:
    """Return the only link of the store whose id has these letters in other cases, or None."""
    alike = PaymentLink.objects.annotate(lower_id=Lower("id")).filter(store=store, lower_id=link_id.lower())
    found = list(alike.exclude(pk=link_id)[:2])
    return found[0] if len(found) == 1 else None


def set_link_active(*, link: PaymentLink, active: bool) -> PaymentLink:
    """Open or close a link. `updated_at` changes only if the state does."""
    PaymentLink.objects.filter(pk=link.pk, active=not active).update(active=active, updated_at=timezone.now())
    link.refresh_from_db(fields=["active", "updated_at"])
    clear_page_cache(host=link.store.host)
    return link


@transaction.atomic
def delete_payment_link(*, link: PaymentLink) -> None:
    """Permanently delete a closed link. Orders placed through it keep their own record of it.

    Raises Problem if the link is open, and NotFound if it is already deleted.
    """
    links = PaymentLink.objects.select_for_update()
    row = get_or_not_found(links, _("Payment link not found"), pk=link.pk)
    if row.active:
        raise Problem(_("Cannot delete active payment link. Set active=false first."))
    row.delete()
