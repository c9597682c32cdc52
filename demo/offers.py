"""What the demo's links offer, by how it is bought."""

from collections.abc import Sequence

from catalog.models import PaymentLink, SellingPlan

SUBSCRIBED_SLUGS = ("harbor-roast", "tea-club")


class Offers:
    """What shoppers of the past buy: once, by subscription, or as a bundle or at a price of their own."""

    def __init__(self, links: Sequence[PaymentLink]) -> None:
        self.plans = {link: _first_plan(link) for link in links}
        self.special = list(filter(_is_special, links))
        self.once = [link for link in links if not (self.plans[link] or _is_special(link))]
        self.subscribed = [
            link for link in links if link.product.slug in SUBSCRIBED_SLUGS and self.plans[link]
        ]


def _is_special(link: PaymentLink) -> bool:
    return link.fixed_quantity is not None or link.min_amount is not None


def _first_plan(link: PaymentLink) -> SellingPlan | None:
    return SellingPlan.objects.filter(group__uses__product=link.product).order_by("pk").first()
