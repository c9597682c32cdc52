"""What a payment link may sell, and how it may be set up. Each function raises Problem for invalid values."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from catalog.models import LinkQuestion, LinkVariant, PaymentLink, Product, SellingPlan, Variant
from catalog.pricing import PLANS_PREFETCH, first_price, list_available_plans
from stores.discount_codes import is_possible_code
from stores.errors import Problem
from stores.models import Store

MAX_PRIMARY_VARIANTS = 250
MAX_ADD_ONS = 50
MAX_QUESTIONS = 5
MAX_TAGS = 20
SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True)
class AddOnDraft:
    """An add-on variant with optional quantity limits, both inclusive.

    `price` is the link's own. Shoppers take one of the add-ons with the same `choice`.
    """

    variant_id: str
    min_quantity: int | None = None
    max_quantity: int | None = None
    price: Decimal | None = None
    choice: int | None = None


@dataclass(frozen=True)
class QuestionDraft:
    """A question that the checkout asks. `choices` are those of a choice, one to a line."""

    label: str
    kind: str = LinkQuestion.Kind.TEXT
    is_required: bool = False
    choices: str = ""


@dataclass(frozen=True)
class LinkExtras:
    """Optional settings beyond the documented API, all off by default. They may change at any time."""

    name: str = ""
    slug: str | None = None
    opens_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    closed_message: str = ""
    max_quantity: int | None = None
    uses_left: int | None = None
    prefilled_email: str = ""
    thank_you_text: str = ""
    return_url: str = ""
    return_label: str = ""
    returns_at_once: bool = False
    custom_text_label: str = ""
    suggested_amounts: str = ""
    discount_code: str = ""
    accepts_codes: bool = True


EXTRA_NAMES = tuple(field.name for field in fields(LinkExtras))


def clean_primary_variants(product: Product, ids: Sequence[str], default_id: str) -> list[Variant]:
    """Return the chosen variants of the product, in the caller's order. Raises Problem."""
    field = "primary_variant_ids"
    if not ids:
        raise Problem(_("Choose at least one variant of the product."), field=field)
    if len(ids) > MAX_PRIMARY_VARIANTS:
        raise Problem(
            _("A payment link can sell at most %(count)d variants.") % {"count": MAX_PRIMARY_VARIANTS},
            field=field,
        )
    if len(set(ids)) < len(ids):
        raise Problem(_("Choose each variant only once."), field=field)
    if default_id not in ids:
        raise Problem(
            _("The default variant must be one of the primary variants."), field="default_variant_id"
        )
    known = {variant.pk: variant for variant in product.variants.all()}
    for variant_id in ids:
        if variant_id not in known:
            raise Problem(
                _("Variant %(id)s does not belong to this product.") % {"id": variant_id}, field=field
            )
        if not known[variant_id].active:
            raise Problem(_("Variant %(id)s is not active.") % {"id": variant_id}, field=field)
    return [known[variant_id] for variant_id in ids]


def clean_add_ons(
    product: Product, primary_ids: Sequence[str], add_ons: Sequence[AddOnDraft]
) -> list[LinkVariant]:
    """Return unsaved add-on rows: active variants of the same store and currency. Raises Problem."""
    field = "addon_variants"
    ids = [add_on.variant_id for add_on in add_ons]
    if len(ids) > MAX_ADD_ONS:
        raise Problem(
            _("A payment link can have at most %(count)d add-ons.") % {"count": MAX_ADD_ONS}, field=field
        )
    if len(set(ids)) < len(ids) or set(ids) & set(primary_ids):
        raise Problem(_("Choose each variant only once, as a primary variant or as an add-on."), field=field)
    found = Variant.objects.filter(pk__in=ids, product__store_id=product.store_id, active=True)
    known = {variant.pk: variant for variant in found.select_related("product")} if ids else {}
    return [_build_add_on(add_on, known.get(add_on.variant_id), product, field=field) for add_on in add_ons]


def _build_add_on(
    add_on: AddOnDraft, variant: Variant | None, product: Product, *, field: str
) -> LinkVariant:
    if variant is None or not variant.product.active:
        raise Problem(
            _("Add-on variant %(id)s does not exist or is not active.") % {"id": add_on.variant_id},
            field=field,
        )
    if variant.product.default_currency != product.default_currency:
        raise Problem(
            _("Variant %(id)s is sold in a different currency.") % {"id": add_on.variant_id}, field=field
        )
    minimum, maximum = add_on.min_quantity, add_on.max_quantity
    if maximum is not None and maximum < max(minimum or 0, 1):
        raise Problem(
            _("An add-on's maximum quantity must be at least 1 and not below its minimum."), field=field
        )
    return LinkVariant(
        variant=variant,
        is_primary=False,
        min_quantity=minimum,
        max_quantity=maximum,
        price=add_on.price,
        choice=add_on.choice,
    )


def require_nonzero_first_price(store: Store, variants: list[Variant], *, field: str) -> None:
    """Raise Problem if a plan starts free and the store has no verification amount to charge instead.

    NEXT Commerce does not accept a subscription whose first order is free.
    """
    if store.verification_amount:
        return
    prefetch_related_objects(variants, PLANS_PREFETCH)
    for variant in variants:
        for plan in list_available_plans(variant=variant):
            if not first_price(variant=variant, plan=plan):
                raise Problem(_free_first_order_message(variant, plan), field=field)


def _free_first_order_message(variant: Variant, plan: SellingPlan) -> str:
    if plan.trial_period_days:
        message = _(
            "The plan “%(plan)s” for variant %(id)s starts with a free trial, and NEXT Commerce does not"
            " accept orders of 0.00. Set a trial price, or set a verification amount for the store."
        )
    else:
        message = _(
            "The plan “%(plan)s” for variant %(id)s starts with a free cycle, and NEXT Commerce does not"
            " accept orders of 0.00. Set a price for the first cycle, or set a verification amount for the"
            " store."
        )
    return message % {"plan": plan.name, "id": variant.pk}


def validate_link_settings(*, store: Store, extras: LinkExtras, link: PaymentLink | None = None) -> None:
    """Raise Problem for invalid settings of a new link, or of `link`."""
    if extras.slug is not None:
        _validate_slug(store, extras.slug, link)
    if extras.opens_at and extras.expires_at and extras.expires_at <= extras.opens_at:
        raise Problem(_("The link must expire after it opens."), field="expires_at")
    if extras.max_quantity == 0:
        raise Problem(_("The maximum quantity must be at least 1."), field="max_quantity")
    if extras.discount_code and not is_possible_code(extras.discount_code):
        raise Problem(_("A discount code can't contain spaces."), field="discount_code")
    _validate_return(extras)


def _validate_return(extras: LinkExtras) -> None:
    if extras.return_url and not extras.return_url.startswith(("https://", "http://")):
        raise Problem(_("The return URL must start with https://."), field="return_url")
    if extras.returns_at_once and not extras.return_url.startswith("https://"):
        raise Problem(
            _("To send shoppers on right after payment, enter an address that starts with https://."),
            field="return_url",
        )


def _validate_slug(store: Store, slug: str, link: PaymentLink | None) -> None:
    if not SLUG_PATTERN.fullmatch(slug) or len(slug) > 60:
        raise Problem(
            _("A short address has only lowercase letters, digits, and hyphens, such as summer-sale."),
            field="slug",
        )
    others = PaymentLink.objects.filter(store=store, slug=slug).exclude(pk=link.pk if link else "")
    if others.exists():
        raise slug_taken_error()


def slug_taken_error() -> Problem:
    """Return the Problem for a short address that another link of the store has."""
    return Problem(_("Another link of this store has this address."), field="slug")


def clean_tags(names: Sequence[str]) -> list[str]:
    """Return the tags without blanks and repetitions, ignoring case. Raises Problem for too many."""
    tags: dict[str, str] = {}
    for name in names:
        tag = " ".join(name.split())[:40]
        tags.setdefault(tag.casefold(), tag)
    tags.pop("", None)
    if len(tags) > MAX_TAGS:
        raise Problem(_("A link can have at most %(count)d tags.") % {"count": MAX_TAGS}, field="tags")
    return sorted(tags.values())


def clean_questions(drafts: Sequence[QuestionDraft]) -> list[LinkQuestion]:
    """Return unsaved questions. Raises Problem if there are too many, or one can't be answered."""
    if len(drafts) > MAX_QUESTIONS:
        raise Problem(
            _("A link can ask at most %(count)d questions.") % {"count": MAX_QUESTIONS}, field="questions"
        )
    labels = [draft.label.strip() for draft in drafts]
    if len({label.casefold() for label in labels}) < len(labels):
        raise Problem(_("Ask each question only once."), field="questions")
    return [_clean_question(draft, position) for position, draft in enumerate(drafts)]


def _clean_question(draft: QuestionDraft, position: int) -> LinkQuestion:
    is_choice = draft.kind == LinkQuestion.Kind.CHOICE
    choices = list(dict.fromkeys(filter(None, map(str.strip, draft.choices.splitlines()))))
    if is_choice and len(choices) < 2:
        raise Problem(
            _("“%(label)s” needs at least two choices, one to a line.") % {"label": draft.label},
            field="questions",
        )
    return LinkQuestion(
        label=draft.label.strip(),
        kind=draft.kind,
        is_required=draft.is_required,
        choices="\n".join(choices) if is_choice else "",
        position=position,
    )
