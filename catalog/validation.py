"""What makes options and variants fit together (R64 to R67, X34)."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stores.errors import Problem
from stores.money import is_payable

MOST_OPTIONS, MOST_VALUES, MOST_VARIANTS = 5, 100, 500
_LONGEST = 100
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SWATCHES = ("color", "image", "text")


def checked_options(options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the options as they are stored: ordered, named once, each with its values. Errors: Problem."""
    if len(options) > MOST_OPTIONS:
        raise _wrong(_("A product has at most %(count)d options.") % {"count": MOST_OPTIONS})
    stored = [
        {
            "name": _label(option.get("name")),
            "sort_order": _order(option, place),
            "values": _values(option.get("values") or []),
        }
        for place, option in enumerate(options)
    ]
    if len({option["name"] for option in stored}) < len(stored):
        raise _wrong(_("Each option has a name of its own."))
    return sorted(stored, key=lambda option: option["sort_order"])


def checked_variants(options: Sequence[Mapping[str, Any]], combinations: Sequence[Mapping[str, str]]) -> None:
    """Require that every variant is one combination of the options, each once. Errors: Problem."""
    if not combinations:
        raise Problem(_("A product has at least one variant."), field="variants")
    if len(combinations) > MOST_VARIANTS:
        raise Problem(
            _("A product has at most %(count)d variants.") % {"count": MOST_VARIANTS}, field="variants"
        )
    allowed = {option["name"]: {value["value"] for value in option["values"]} for option in options}
    for combination in combinations:
        if set(combination) != set(allowed):
            raise Problem(_("Every variant has a value for each option."), field="variants")
        for name, value in combination.items():
            if value not in allowed[name]:
                raise Problem(
                    _("%(option)s has no value %(value)s.") % {"option": name, "value": value},
                    field="variants",
                )
    if len({tuple(sorted(combination.items())) for combination in combinations}) < len(combinations):
        raise Problem(_("Each combination is one variant."), field="variants")


def checked_price(price: Decimal, currency: str) -> Decimal:
    """Return the price of a variant, which is no part of a yen. Errors: Problem."""
    if not is_payable(price, currency):
        raise Problem(
            _("%(price)s cannot be paid: %(currency)s has no cents.")
            % {"price": price, "currency": currency},
            field="variants",
        )
    return price


def _values(values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not 1 <= len(values) <= MOST_VALUES:
        raise _wrong(_("An option has 1 to %(count)d values.") % {"count": MOST_VALUES})
    stored = []
    for place, value in enumerate(values):
        row: dict[str, Any] = {"value": _label(value.get("value")), "sort_order": _order(value, place)}
        if value.get("swatch"):
            row["swatch"] = _swatch(value["swatch"])
        stored.append(row)
    if len({row["value"] for row in stored}) < len(stored):
        raise _wrong(_("Each value of an option is given once."))
    return sorted(stored, key=lambda row: row["sort_order"])


def _swatch(swatch: Mapping[str, Any]) -> dict[str, str]:
    kind = swatch.get("type")
    if kind not in _SWATCHES:
        raise _wrong(_("A swatch is a color, an image or a text."))
    if kind == "color" and not _COLOUR.fullmatch(str(swatch.get("value", ""))):
        raise _wrong(_("A colour is written as #1f6f5c."))
    if kind == "image" and not swatch.get("media_id"):
        raise _wrong(_("A swatch that is an image names the picture."))
    return {
        "type": kind,
        **{name: str(swatch[name])[:_LONGEST] for name in ("value", "media_id") if swatch.get(name)},
    }


def _label(text: Any) -> str:
    label = text.strip() if isinstance(text, str) else ""
    if not label or len(label) > _LONGEST:
        raise _wrong(
            _("An option and its values have names of 1 to %(count)d letters.") % {"count": _LONGEST}
        )
    return label


def _order(item: Mapping[str, Any], place: int) -> int:
    order = item.get("sort_order")
    return order if isinstance(order, int) and not isinstance(order, bool) else place


def _wrong(sentence: str) -> Problem:
    return Problem(sentence, field="options")
