"""What makes options and variants fit together (R64 to R67, X34)."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stores.errors import Problem
from stores.money import is_payable

MAX_OPTIONS, MAX_OPTION_VALUES, MAX_VARIANTS = 5, 100, 500
_MAX_LABEL_LENGTH = 100
_COLOR_PATTERN = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SWATCH_TYPES = ("color", "image", "text")


def clean_options(options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the options as they are stored: ordered, named once, each with its values. Errors: Problem."""
    if len(options) > MAX_OPTIONS:
        raise _options_error(_("A product has at most %(count)d options.") % {"count": MAX_OPTIONS})
    stored = [
        {
            "name": _clean_label(option.get("name")),
            "sort_order": _clean_sort_order(option, place),
            "values": _clean_option_values(option.get("values") or []),
        }
        for place, option in enumerate(options)
    ]
    if len({option["name"] for option in stored}) < len(stored):
        raise _options_error(_("Each option has a name of its own."))
    return sorted(stored, key=lambda option: option["sort_order"])


def validate_variants(
    options: Sequence[Mapping[str, Any]], combinations: Sequence[Mapping[str, str]]
) -> None:
    """Require that every variant is one combination of the options, each once. Errors: Problem."""
    if not combinations:
        raise Problem(_("A product has at least one variant."), field="variants")
    if len(combinations) > MAX_VARIANTS:
        raise Problem(
            _("A product has at most %(count)d variants.") % {"count": MAX_VARIANTS}, field="variants"
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


def clean_variant_price(price: Decimal, currency: str) -> Decimal:
    """Return the price of a variant, which is no part of a yen. Errors: Problem."""
    if not is_payable(price, currency):
        raise Problem(
            _("%(price)s cannot be paid: %(currency)s has no cents.")
            % {"price": price, "currency": currency},
            field="variants",
        )
    return price


def _clean_option_values(values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not 1 <= len(values) <= MAX_OPTION_VALUES:
        raise _options_error(_("An option has 1 to %(count)d values.") % {"count": MAX_OPTION_VALUES})
    stored = []
    for place, value in enumerate(values):
        row: dict[str, Any] = {
            "value": _clean_label(value.get("value")),
            "sort_order": _clean_sort_order(value, place),
        }
        if value.get("swatch"):
            row["swatch"] = _clean_swatch(value["swatch"])
        stored.append(row)
    if len({row["value"] for row in stored}) < len(stored):
        raise _options_error(_("Each value of an option is given once."))
    return sorted(stored, key=lambda row: row["sort_order"])


def _clean_swatch(swatch: Mapping[str, Any]) -> dict[str, str]:
    kind = swatch.get("type")
    if kind not in _SWATCH_TYPES:
        raise _options_error(_("A swatch is a color, an image or a text."))
    if kind == "color" and not _COLOR_PATTERN.fullmatch(str(swatch.get("value", ""))):
        raise _options_error(_("A color is written as #1f6f5c."))
    if kind == "image" and not swatch.get("media_id"):
        raise _options_error(_("A swatch that is an image names the picture."))
    return {
        "type": kind,
        **{name: str(swatch[name])[:_MAX_LABEL_LENGTH] for name in ("value", "media_id") if swatch.get(name)},
    }


def _clean_label(text: Any) -> str:
    label = text.strip() if isinstance(text, str) else ""
    if not label or len(label) > _MAX_LABEL_LENGTH:
        raise _options_error(
            _("An option and its values have names of 1 to %(count)d letters.") % {"count": _MAX_LABEL_LENGTH}
        )
    return label


def _clean_sort_order(item: Mapping[str, Any], place: int) -> int:
    order = item.get("sort_order")
    return order if isinstance(order, int) and not isinstance(order, bool) else place


def _options_error(sentence: str) -> Problem:
    return Problem(sentence, field="options")
