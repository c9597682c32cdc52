"""Whether the lines of a NEXT order are what was ordered here."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checkout import sentences
from nextcommerce.schemas import NextLine, NextOrder
from orders.row_matching import match_rows
from wording.sentence import Sentence

Item = Mapping[str, Any]  # fields of `OrderItem`, from a purchase's snapshot


def list_purchased_lines(next_order: NextOrder) -> list[NextLine]:
    """Return the lines bought at checkout, without upsells that were added since."""
    return [line for line in next_order.lines if not line.is_upsell]


def match_items(*, items: Sequence[Item], lines: Sequence[NextLine]) -> list[tuple[NextLine, Item]]:
    """Return each line with its item: of the same variant, and of the same quantity where it can be."""
    pairs = match_rows(entries=lines, rows=items, tests=(_is_same_sale, _is_same_variant))
    return [(line, item) for line, item in pairs if item is not None]


def describe_other_articles(*, items: Sequence[Item], lines: Sequence[NextLine]) -> list[Sentence]:
    """Return sentences for staff on what NEXT sold instead of what was ordered; empty if nothing."""
    ordered, bought = Counter[int | None](), Counter[int | None]()
    for item in items:
        ordered[item["next_variant_id"]] += item["quantity"]
    for line in lines:
        bought[line.variant_id] += line.quantity
    if ordered != bought:
        return [
            sentences.OTHER_ITEMS.fill(
                ordered=_list_articles((item["quantity"], item["name"]) for item in items),
                bought=_list_articles((line.quantity, line.title) for line in lines),
            )
        ]
    return [
        sentences.OTHER_ARTICLE.fill(
            ordered=_name_article(item["name"], item["sku"]), sold=_name_article(line.title, line.sku)
        )
        for line, item in match_items(items=items, lines=lines)
        if is_other_article(item=item, line=line)
    ]


def is_other_article(*, item: Item, line: NextLine) -> bool:
    """Return True if the line, though it has the item's variant id, is clearly something else.

    The same SKU is the same article. Otherwise their titles decide, as far as both are known: they may have
    been edited on one side, but not so that no word is left.
    """
    skus = {_normalize(sku) for sku in (item["sku"], line.sku) if sku.strip()}
    if len(skus) == 1 and item["sku"].strip() and line.sku.strip():
        return False
    if _have_no_common_word(item["name"], line.title):
        return True
    return len(skus) > 1 and _have_no_common_word(item["title"], line.variant_title)


def _have_no_common_word(one: str, other: str) -> bool:
    """Return True if both texts have words, and share none."""
    words, others = (set(re.findall(r"\w+", _normalize(text))) for text in (one, other))
    return bool(words and others) and not words & others


def _normalize(text: str) -> str:
    return text.strip().casefold()


def _list_articles(articles: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{quantity} × {name}" for quantity, name in articles)


def _name_article(name: str, sku: str) -> str:
    return f"“{name}” ({sku})" if sku else f"“{name}”"


def _is_same_variant(item: Item, line: NextLine) -> bool:
    return item["next_variant_id"] == line.variant_id


def _is_same_sale(item: Item, line: NextLine) -> bool:
    return _is_same_variant(item, line) and item["quantity"] == line.quantity
