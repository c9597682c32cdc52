"""What a product still needs before shoppers can buy it, and what would help to sell it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.availability import explain_setup_problem
from catalog.models import Product, Variant


@dataclass(frozen=True)
class SaleReadiness:
    """Sentences for staff: what stops every purchase, what stops some, and what is only advice."""

    blockers: list[str]
    advice: list[str]

    @property
    def is_ready(self) -> bool:
        return not self.blockers


def check_sale_readiness(product: Product) -> SaleReadiness:
    """Return what is missing. Needs `store` loaded, and reads variants and pictures."""
    variants = [variant for variant in product.variants.all() if variant.active]
    for variant in variants:
        variant.product = product
    problems = [explain_setup_problem(variant, store=product.store) for variant in variants]
    return SaleReadiness(
        blockers=list(_find_blockers(product, variants, problems)),
        advice=list(_find_advice(product, variants, problems)),
    )


def _find_blockers(product: Product, variants: list[Variant], problems: list[str]) -> Iterator[str]:
    if not product.active:
        yield _("The product is off sale. Tick “active” to sell it.")
    if not variants:
        yield _("It has no active variant.")
    elif all(problems):
        yield from dict.fromkeys(problems)
    elif all(variant.sold_out for variant in variants):
        yield _("All variants are sold out.")


def _find_advice(product: Product, variants: list[Variant], problems: list[str]) -> Iterator[str]:
    failing = sum(map(bool, problems))
    if failing and failing < len(problems):
        text = ngettext(
            "%(count)d variant can't be bought: %(problem)s",
            "%(count)d variants can't be bought: %(problem)s",
            failing,
        )
        yield text % {"count": failing, "problem": next(filter(None, problems))}
    sold_out = sum(variant.sold_out for variant in variants)
    if 0 < sold_out < len(variants):
        yield ngettext("%(count)d variant is sold out.", "%(count)d variants are sold out.", sold_out) % {
            "count": sold_out
        }
    if not product.listed:
        yield _("It isn't listed in the shop, so only payment links sell it.")
    if not product.media.all():
        yield _("It has no picture.")
    if not product.description.strip():
        yield _("It has no description.")
