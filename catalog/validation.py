"""Validation of product options, variants, and prices."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from catalog import product_sentences as sentences
from stores.errors import Problem
from stores.money import is_chargeable, is_payable, least_charge
from wording.sentence import Money, Sentence

MAX_OPTIONS, MAX_OPTION_VALUES, MAX_VARIANTS = 5, 100, 500
_MAX_LABEL_LENGTH = 100
COLOR_PATTERN = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SWATCH_TYPES = ("color", "image", "text")


def clean_options(options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the options sorted, with unique names and values, and with the IDs they have. Raises Problem."""
    if len(options) > MAX_OPTIONS:
        raise _options_error(sentences.TOO_MANY_OPTIONS.fill(count=MAX_OPTIONS))
    cleaned: list[dict[str, Any]] = [
        {
            **_keep_id(option),
            "name": _clean_label(option.get("name")),
            "sort_order": _clean_sort_order(option, position),
            "values": _clean_option_values(option.get("values") or []),
        }
        for position, option in enumerate(options)
    ]
    if len({option["name"] for option in cleaned}) < len(cleaned):
        raise _options_error(sentences.OPTION_NAMES_REPEATED.fill())
    return sorted(cleaned, key=lambda option: option["sort_order"])


def validate_variants(
    options: Sequence[Mapping[str, Any]], combinations: Sequence[Mapping[str, str]]
) -> None:
    """Raise Problem unless each variant is a unique combination of the options."""
    validate_variant_count(len(combinations))
    allowed = {option["name"]: {value["value"] for value in option["values"]} for option in options}
    for combination in combinations:
        _validate_combination(combination, allowed)
    if len({tuple(sorted(combination.items())) for combination in combinations}) < len(combinations):
        raise Problem(sentences.VARIANTS_REPEATED.fill(), field="variants")


def validate_variant_count(count: int) -> None:
    """Raise Problem if a product can't have this many variants."""
    if not count:
        raise Problem(sentences.VARIANT_NEEDED.fill(), field="variants")
    if count > MAX_VARIANTS:
        raise Problem(sentences.TOO_MANY_VARIANTS.fill(count=MAX_VARIANTS), field="variants")


def _validate_combination(combination: Mapping[str, str], allowed: Mapping[str, set[str]]) -> None:
    if set(combination) != set(allowed):
        raise Problem(sentences.OPTION_VALUE_MISSING.fill(), field="variants")
    for name, value in combination.items():
        if value not in allowed[name]:
            raise Problem(sentences.OPTION_VALUE_UNKNOWN.fill(option=name, value=value), field="variants")


def clean_variant_price(price: Decimal, currency: str) -> Decimal:
    """Return the price. Raises Problem if nobody can pay it: half a yen, or less than the least charge."""
    if not is_payable(price, currency):
        raise Problem(
            sentences.PRICE_WITH_CENTS.fill(price=price, currency=currency),
            field="variants",
        )
    if problem := explain_uncharged_price(price, currency):
        raise Problem(problem, field="variants")
    return price


def explain_uncharged_price(price: Decimal, currency: str) -> Sentence:
    """Return why a price is too low to be charged, for staff; the empty sentence if it isn't."""
    if is_chargeable(price, currency):
        return Sentence()
    return sentences.PRICE_TOO_LOW.fill(least=Money(least_charge(currency), currency))


def _clean_option_values(values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not 1 <= len(values) <= MAX_OPTION_VALUES:
        raise _options_error(sentences.OPTION_VALUE_COUNT.fill(count=MAX_OPTION_VALUES))
    cleaned = []
    for position, value in enumerate(values):
        row: dict[str, Any] = {
            **_keep_id(value),
            "value": _clean_label(value.get("value")),
            "sort_order": _clean_sort_order(value, position),
        }
        if value.get("swatch"):
            row["swatch"] = _clean_swatch(value["swatch"])
        cleaned.append(row)
    if len({row["value"] for row in cleaned}) < len(cleaned):
        raise _options_error(sentences.OPTION_VALUES_REPEATED.fill())
    return sorted(cleaned, key=lambda row: row["sort_order"])


def _clean_swatch(swatch: Mapping[str, Any]) -> dict[str, str]:
    kind = swatch.get("type")
    if kind not in _SWATCH_TYPES:
        raise _options_error(sentences.SWATCH_KIND.fill())
    if kind == "color" and not COLOR_PATTERN.fullmatch(str(swatch.get("value", ""))):
        raise _options_error(sentences.SWATCH_COLOR.fill())
    if kind == "image" and not swatch.get("media_id"):
        raise _options_error(sentences.SWATCH_PICTURE.fill())
    return {
        "type": kind,
        **{name: str(swatch[name])[:_MAX_LABEL_LENGTH] for name in ("value", "media_id") if swatch.get(name)},
    }


def _keep_id(item: Mapping[str, Any]) -> dict[str, int]:
    return {"id": item["id"]} if item.get("id") else {}


def _clean_label(text: Any) -> str:
    label = text.strip() if isinstance(text, str) else ""
    if not label or len(label) > _MAX_LABEL_LENGTH or "\0" in label:
        raise _options_error(sentences.OPTION_LABEL_LENGTH.fill(count=_MAX_LABEL_LENGTH))
    return label


def _clean_sort_order(item: Mapping[str, Any], position: int) -> int:
    order = item.get("sort_order")
    return order if isinstance(order, int) and not isinstance(order, bool) else position


def _options_error(message: Sentence) -> Problem:
    return Problem(message, field="options")
