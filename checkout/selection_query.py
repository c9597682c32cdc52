"""Read a selection from a URL's query string, and build such query strings."""

import re
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.availability import require_for_sale
from catalog.bundles import list_included_items
from catalog.free_amount import has_free_amount, read_free_amount
from catalog.models import LinkVariant, PaymentLink, SellingPlan, Variant
from catalog.payment_links import ATTRIBUTION_PARAMETERS
from catalog.pricing import PLANS_PREFETCH, find_available_plan
from catalog.selectors import require_link_open
from checkout.selection import MAX_QUANTITY, Selection, SelectionLine
from stores.errors import NotFound, Problem
from stores.models import Store

MAX_ATTRIBUTION_LENGTH = 150
MAX_CUSTOM_TEXT_LENGTH = 200
WHOLE_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


def has_selection(query: QueryDict) -> bool:
    """Return True if the query names a link, variant, or product. Otherwise the cart is meant."""
    return any(query.get(name) for name in ("link", "variant", "product"))


def build_checkout_url(query: str, *, page: str = "checkout") -> str:
    """Return the address of the checkout, or of another page of it, for the selection in a query string."""
    address = reverse(f"checkout:{page}")
    return f"{address}?{query}" if query else address


def read_selection(*, store: Store, query: QueryDict) -> Selection:
    """Return the selection in the query: from a payment link, or of one product bought directly.

    Reads `link=plink_…&variant=var_…&quantity=1&plan=sp_…&addon=var_…:2&text=…&amount=…&utm_source=…`, for a
    bundle with `choice_1=var_…`. Forms without JavaScript send `option_Size=M` instead of the variant and
    `addon_var_…=2` for an add-on.
    Raises NotFound, Problem for an invalid selection, and Problem (410) if the link is closed.
    """
    if query.get("link"):
        return _read_link_selection(store=store, query=query)
    return _read_product_selection(store=store, query=query)


def read_selection_line(*, store: Store, query: QueryDict) -> SelectionLine:
    """Return the line for `variant`, or `product` with `option_…` values; `quantity`; and `plan`.

    Raises Problem if the variant is unknown, ambiguous, or not for sale, or the quantity or plan is invalid.
    """
    variants = Variant.objects.select_related("product").filter(product__store=store)
    if query.get("variant"):
        candidates = list(variants.filter(pk=query["variant"]))
    else:
        candidates = list(variants.filter(product_id=query.get("product", ""), active=True))
    variant = _pick_variant(candidates, query)
    require_for_sale(variant, store=store)
    plan = find_selected_plan(variant=variant, plan_id=query.get("plan", ""))
    return SelectionLine(variant=variant, quantity=read_quantity(query.get("quantity", "")), plan=plan)


def read_quantity(text: str, *, maximum: int | None = None) -> int:
    """Parse a quantity from 1 to `maximum`, which is at most MAX_QUANTITY. Empty text means 1.

    Raises Problem if the text is anything else.
    """
    maximum = min(maximum or MAX_QUANTITY, MAX_QUANTITY)
    if not text.strip():
        return 1
    if not WHOLE_NUMBER.fullmatch(text.strip()) or not 1 <= int(text) <= maximum:
        raise Problem(
            _("The quantity must be a whole number from 1 to %(most)d.") % {"most": maximum}, field="quantity"
        )
    return int(text)


def find_selected_plan(*, variant: Variant, plan_id: str) -> SellingPlan | None:
    """Return the plan, or None for an empty id.

    Raises Problem if the plan is not available for the variant or the product requires a plan.
    """
    if not plan_id:
        if variant.product.requires_selling_plan:
            raise Problem(_("Please choose how often you want to receive this."), field="plan")
        return None
    prefetch_related_objects([variant], PLANS_PREFETCH)
    plan = find_available_plan(variant=variant, plan_id=plan_id)
    if plan is None:
        raise Problem(_("This subscription is no longer available. Please choose another."), field="plan")
    return plan


def read_attribution(query: QueryDict) -> dict[str, str]:
    """Return the attribution parameters, cut to the length NEXT Commerce accepts. Never raises."""
    return {
        name: text.strip()[:MAX_ATTRIBUTION_LENGTH]
        for name in ATTRIBUTION_PARAMETERS
        if (text := query.get(name, "")).strip()
    }


def _read_product_selection(*, store: Store, query: QueryDict) -> Selection:
    line = read_selection_line(store=store, query=query)
    if not line.variant.product.listed:
        raise NotFound(_("This product isn't available in the shop."))
    return Selection(source=line.variant.pk, lines=(line,), attribution=read_attribution(query))


def _read_link_selection(*, store: Store, query: QueryDict) -> Selection:
    link_variants = list(
        LinkVariant.objects.filter(link=query.get("link", ""), link__store=store)
        .select_related("link", "variant__product")
        .order_by("position", "id")
    )
    if not link_variants:
        raise NotFound(_("We can't find a payment link at this address."), code="payment_link_not_found")
    link = link_variants[0].link
    link.store = store
    require_link_open(link, count_uses=False)
    prefetch_related_objects([link], "questions")
    primaries = [entry.variant for entry in link_variants if entry.is_primary]
    variant = _pick_primary_variant(link, primaries, query)
    text = _read_custom_text(link, query)
    own_price = _find_own_price(link, link_variants, variant, query)
    primary = SelectionLine(
        variant=variant,
        quantity=link.fixed_quantity or _read_link_quantity(link, query),
        plan=_find_link_plan(variant, query.get("plan", ""), own_price),
        custom_text=text,
        own_price=own_price,
    )
    addons = _select_addons([entry for entry in link_variants if not entry.is_primary], query, store)
    return Selection(source=link.pk, lines=(primary, *addons), link=link, attribution=read_attribution(query))


def _find_own_price(
    link: PaymentLink, rows: Iterable[LinkVariant], variant: Variant, query: QueryDict
) -> Decimal | None:
    """Return the price that the shopper entered, or else the link's own; None if there is neither."""
    entered = read_free_amount(link, query.get("amount", ""), variant.product.default_currency)
    own_prices = {row.variant_id: row.price for row in rows}
    return own_prices[variant.pk] if entered is None else entered


def _read_link_quantity(link: PaymentLink, query: QueryDict) -> int:
    maximum = 1 if has_free_amount(link) else link.max_quantity
    return read_quantity(query.get("quantity", ""), maximum=maximum)


def _find_link_plan(variant: Variant, plan_id: str, own_price: Decimal | None) -> SellingPlan | None:
    if plan_id and own_price is not None:
        raise Problem(_("This subscription is no longer available. Please choose another."), field="plan")
    return find_selected_plan(variant=variant, plan_id=plan_id)


def _pick_primary_variant(link: PaymentLink, primaries: list[Variant], query: QueryDict) -> Variant:
    """Return the chosen variant, or the link's default if the query chooses none. Raises Problem."""
    variant_id = query.get("variant", "")
    if variant_id:
        primaries = [variant for variant in primaries if variant.pk == variant_id]
    elif not _read_option_values(query):
        primaries = [variant for variant in primaries if variant.pk == link.default_variant_id]
    variant = _pick_variant(primaries, query)
    require_for_sale(variant, store=link.store)
    return variant


def _read_custom_text(link: PaymentLink, query: QueryDict) -> str:
    """Return what the link is for, or else the shopper's answer to its question.

    Raises Problem if the answer is too long.
    """
    if link.purpose:
        return link.purpose
    text = query.get("text", "").strip() if link.custom_text_label else ""
    if len(text) > MAX_CUSTOM_TEXT_LENGTH:
        raise Problem(
            _("%(label)s: please use at most %(most)d characters.")
            % {"label": link.custom_text_label, "most": MAX_CUSTOM_TEXT_LENGTH},
            field="text",
        )
    return text


def _read_option_values(query: QueryDict) -> dict[str, str]:
    return {name.removeprefix("option_"): query.get(name, "") for name in query if name.startswith("option_")}


def _pick_variant(candidates: list[Variant], query: QueryDict) -> Variant:
    """Return the only candidate that has the posted option values. Raises Problem if none or several do."""
    options = _read_option_values(query)
    if len(candidates) > 1 or not query.get("variant"):
        if options:
            prefetch_related_objects(candidates, "values")
        candidates = [
            variant
            for variant in candidates
            if all(variant.option_values.get(name) == value for name, value in options.items())
        ]
    if not candidates:
        raise Problem(
            _("This combination isn't available. Please choose another."), code="not_sold", field="variant"
        )
    if len(candidates) > 1:
        raise Problem(_("Please choose all options first."), field="variant")
    return candidates[0]


def _read_addon_quantities(query: QueryDict) -> dict[str, str]:
    """Return unparsed quantities by variant id, from `addon_var_…=2` (forms) and `addon=var_…:2` (links)."""
    wanted = {name.removeprefix("addon_"): query.get(name, "") for name in query if name.startswith("addon_")}
    for pair in query.getlist("addon"):
        variant_id, _colon, quantity = pair.partition(":")
        wanted[variant_id] = quantity or "1"
    return {variant_id: quantity.strip() for variant_id, quantity in wanted.items()}


def _select_addons(entries: Iterable[LinkVariant], query: QueryDict, store: Store) -> list[SelectionLine]:
    """Return the chosen add-ons, plus required ones at their minimum (R44, R45).

    Raises Problem if a quantity is outside its limits or an add-on is not on the link.
    """
    wanted = _read_addon_quantities(query)
    entries = list(entries)
    lines = []
    chosen = _read_choices(entries, query, store)
    for entry in entries:
        quantity = _read_addon_quantity(entry, wanted.pop(entry.variant_id, ""))
        if quantity and (entry.choice is None or entry.variant_id in chosen):
            require_for_sale(entry.variant, store=store)
            lines.append(SelectionLine(variant=entry.variant, quantity=quantity, own_price=entry.price))
    if any(quantity not in ("", "0") for quantity in wanted.values()):
        raise Problem(_("One of the add-ons isn't available here."), code="not_sold", field="addon")
    return lines


def _read_choices(entries: Iterable[LinkVariant], query: QueryDict, store: Store) -> set[str]:
    """Return the variants that the shopper chose for a bundle, or those that its page preselects.

    Raises Problem if a bundle has no such choice.
    """
    chosen = set()
    for item in list_included_items(entries, store=store):
        wanted = query.get(item.field, "") or item.default.variant_id
        if wanted not in {row.variant_id for row in item.rows}:
            raise Problem(
                _("This combination isn't available. Please choose another."), code="not_sold", field="addon"
            )
        chosen.add(wanted)
    return chosen


def _read_addon_quantity(entry: LinkVariant, text: str) -> int:
    """Return the typed quantity, or the least for an empty text. Raises Problem if it isn't within limits."""
    least, most = entry.min_quantity or 0, min(entry.max_quantity or MAX_QUANTITY, MAX_QUANTITY)
    if not text:
        return least
    if not WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise Problem(
            _("%(name)s: the quantity must be from %(least)d to %(most)d.")
            % {"name": entry.variant, "least": least, "most": most},
            field=f"addon_{entry.variant_id}",
        )
    return int(text)


def build_selection_query(
    *,
    variant_id: str,
    quantity: int,
    link_id: str = "",
    plan_id: str = "",
    text: str = "",
    amount: str = "",
) -> QueryDict:
    """Return the query that `read_selection` reads as this selection."""
    query = QueryDict(mutable=True)
    parts = {
        "link": link_id,
        "variant": variant_id,
        "quantity": str(quantity),
        "plan": plan_id,
        "text": text,
        "amount": amount,
    }
    query.update({name: value for name, value in parts.items() if value})
    return query
