"""Reads a selection from the query of its address; whatever is wrong with it is said in a sentence."""

import re
from collections.abc import Iterable

from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.models import LinkVariant, Variant
from catalog.payment_links import ATTRIBUTION_PARAMETERS
from catalog.selectors import require_link_open
from checkout.plan_selection import find_selected_plan
from checkout.selection import MAX_QUANTITY, Selection, SelectionLine
from stores.errors import NotFound, Problem
from stores.models import Store

MAX_ATTRIBUTION_LENGTH = 150
MAX_CUSTOM_TEXT_LENGTH = 200
WHOLE_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


def has_selection(query: QueryDict) -> bool:
    """True where the query chooses by itself; without it the cart is meant."""
    return any(query.get(name) for name in ("link", "variant", "product"))


def read_selection(*, store: Store, query: QueryDict) -> Selection:
    """Return what the query chooses: from a payment link, or one product bought directly.

    `link=plink_…&variant=var_…&quantity=1&plan=sp_…&addon=var_…:2&text=…&utm_source=…`; as a form without
    script sends it, `option_Size=M` stands for the variant and `addon_var_…=2` for an add-on.
    Errors: NotFound; Problem, 410 where the link is closed.
    """
    if query.get("link"):
        return _read_link_selection(store=store, query=query)
    return _read_product_selection(store=store, query=query)


def read_selection_line(*, store: Store, query: QueryDict) -> SelectionLine:
    """Return one product with its quantity and plan: `variant`, or `product` with `option_…` values.

    Errors: NotFound, Problem.
    """
    sold = Variant.objects.select_related("product").filter(product__store=store)
    if query.get("variant"):
        candidates = list(sold.filter(pk=query["variant"]))
    else:
        candidates = list(sold.filter(product_id=query.get("product", ""), active=True))
    variant = _pick_variant(candidates, query)
    require_for_sale(variant)
    plan = find_selected_plan(variant=variant, plan_id=query.get("plan", ""))
    return SelectionLine(variant=variant, quantity=read_quantity(query.get("quantity", "")), plan=plan)


def read_quantity(text: str, *, most: int | None = None) -> int:
    """Return a quantity of at least one; empty means one.

    Errors: Problem where it is none, or more than `most`.
    """
    most = min(most or MAX_QUANTITY, MAX_QUANTITY)
    if not text.strip():
        return 1
    if not WHOLE_NUMBER.fullmatch(text.strip()) or not 1 <= int(text) <= most:
        raise Problem(
            _("The quantity must be a whole number from 1 to %(most)d.") % {"most": most}, field="quantity"
        )
    return int(text)


def require_for_sale(variant: Variant) -> None:
    """Refuse what is no longer for sale."""
    if not (variant.active and variant.product.active):
        raise Problem(_("%(name)s is no longer sold.") % {"name": variant}, code="not_sold", status=410)


def read_attribution(query: QueryDict) -> dict[str, str]:
    """Where the shopper came from, cut to what the store takes; never a reason to refuse."""
    return {
        name: text.strip()[:MAX_ATTRIBUTION_LENGTH]
        for name in ATTRIBUTION_PARAMETERS
        if (text := query.get(name, "")).strip()
    }


def _read_product_selection(*, store: Store, query: QueryDict) -> Selection:
    line = read_selection_line(store=store, query=query)
    if not line.variant.product.listed:
        raise NotFound(_("This product is not sold in the shop."))
    return Selection(source=line.variant.pk, lines=(line,), attribution=read_attribution(query))


def _read_link_selection(*, store: Store, query: QueryDict) -> Selection:
    on_link = list(
        LinkVariant.objects.filter(link=query.get("link", ""), link__store=store)
        .select_related("link", "variant__product")
        .order_by("position", "id")
    )
    if not on_link:
        raise NotFound(_("There is no payment link at this address."), code="payment_link_not_found")
    link = on_link[0].link
    link.store = store
    require_link_open(link, count_uses=False)
    primaries = [entry.variant for entry in on_link if entry.is_primary]
    wanted = query.get("variant", "")
    if wanted:
        primaries = [variant for variant in primaries if variant.pk == wanted]
    elif not _read_option_values(query):
        primaries = [variant for variant in primaries if variant.pk == link.default_variant_id]
    variant = _pick_variant(primaries, query)
    require_for_sale(variant)
    text = query.get("text", "").strip() if link.custom_text_label else ""
    if len(text) > MAX_CUSTOM_TEXT_LENGTH:
        raise Problem(
            _("%(label)s: please use at most %(most)d characters.")
            % {"label": link.custom_text_label, "most": MAX_CUSTOM_TEXT_LENGTH},
            field="text",
        )
    primary = SelectionLine(
        variant=variant,
        quantity=read_quantity(query.get("quantity", ""), most=link.max_quantity),
        plan=find_selected_plan(variant=variant, plan_id=query.get("plan", "")),
        custom_text=text,
    )
    addons = _select_addons([entry for entry in on_link if not entry.is_primary], query)
    return Selection(source=link.pk, lines=(primary, *addons), link=link, attribution=read_attribution(query))


def _read_option_values(query: QueryDict) -> dict[str, str]:
    return {name.removeprefix("option_"): query.get(name, "") for name in query if name.startswith("option_")}


def _pick_variant(candidates: list[Variant], query: QueryDict) -> Variant:
    """Return the one candidate with the option values sent; those not sent may be anything."""
    options = _read_option_values(query)
    if len(candidates) > 1 or not query.get("variant"):
        candidates = [
            variant
            for variant in candidates
            if all(variant.option_values.get(name) == value for name, value in options.items())
        ]
    if not candidates:
        raise Problem(
            _("This combination is not sold. Please choose another."), code="not_sold", field="variant"
        )
    if len(candidates) > 1:
        raise Problem(_("Please choose every option first."), field="variant")
    return candidates[0]


def _read_addon_quantities(query: QueryDict) -> dict[str, str]:
    """How many of which, as sent; `addon_var_…` of a form without script or `addon=var_…:2`."""
    wanted = {name.removeprefix("addon_"): query.get(name, "") for name in query if name.startswith("addon_")}
    for pair in query.getlist("addon"):
        variant_id, _colon, quantity = pair.partition(":")
        wanted[variant_id] = quantity or "1"
    return {variant_id: quantity.strip() for variant_id, quantity in wanted.items()}


def _select_addons(entries: Iterable[LinkVariant], query: QueryDict) -> list[SelectionLine]:
    """The add-ons within their limits; mandatory ones come along unasked (R44, R45)."""
    wanted = _read_addon_quantities(query)
    lines = []
    for entry in entries:
        text = wanted.pop(entry.variant_id, "")
        least, most = entry.min_quantity or 0, min(entry.max_quantity or MAX_QUANTITY, MAX_QUANTITY)
        if text and (not WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most):
            raise Problem(
                _("%(name)s: the quantity must be from %(least)d to %(most)d.")
                % {"name": entry.variant, "least": least, "most": most},
                field=f"addon_{entry.variant_id}",
            )
        quantity = int(text) if text else least
        if quantity:
            require_for_sale(entry.variant)
            lines.append(SelectionLine(variant=entry.variant, quantity=quantity))
    if any(quantity not in ("", "0") for quantity in wanted.values()):
        raise Problem(_("One of the extras is not offered here."), code="not_sold", field="addon")
    return lines


def build_selection_query(
    *, variant_id: str, quantity: int, link_id: str = "", plan_id: str = "", text: str = ""
) -> QueryDict:
    """Return the query that makes a selection, for an address to it."""
    query = QueryDict(mutable=True)
    parts = {"link": link_id, "variant": variant_id, "quantity": str(quantity), "plan": plan_id, "text": text}
    query.update({name: value for name, value in parts.items() if value})
    return query
