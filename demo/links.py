"""The demo's payment links."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class DemoLink:
    """A payment link; add-ons are (slug, variant title, minimum, maximum).

    `included` makes it a bundle: (slug, variant title, the choice it is one of, price or "").
    """

    name: str
    slug: str
    variants: tuple[str, ...] = ()
    add_ons: tuple[tuple[str, str, int, int], ...] = ()
    included: tuple[tuple[str, str, int | None, str], ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


DEMO_LINKS = (
    DemoLink(
        "Pour-over set with filters",
        "pour-over-set",
        add_ons=(
            ("paper-filters", "", 1, 5),
            ("dawn-mug", "Clay", 0, 4),
            ("gift-box", "", 0, 1),
        ),
        config={"display_mode": "grid", "show_inventory": True},
    ),
    DemoLink("Cushions", "linen-cushion", config={"show_inventory": True}),
    DemoLink("Coffee, once or by subscription", "harbor-roast", config={"display_mode": "list"}),
    DemoLink("Tea club", "tea-club", add_ons=(("gift-box", "", 0, 1),)),
    DemoLink("The Quiet Kitchen, e-book", "quiet-kitchen", extra={"max_quantity": 1}),
    DemoLink("Letters, free for a week", "kitchen-letters", extra={"max_quantity": 1}),
    DemoLink("Lambswool throw", "lambswool-throw"),
    DemoLink(
        "Slow morning bundle",
        "pour-over-set",
        included=(
            ("dawn-mug", "Chalk", 1, "14.00"),
            ("dawn-mug", "Clay", 1, "14.00"),
            ("paper-filters", "", None, "4.00"),
        ),
        extra={"name": "Slow morning bundle", "slug": "slow-morning", "fixed_quantity": 1},
    ),
    DemoLink(
        "The Quiet Kitchen, pay what you want",
        "quiet-kitchen",
        extra={
            "name": "E-book, pay what you want",
            "slug": "pay-what-you-want",
            "min_amount": Decimal("5.00"),
            "max_amount": Decimal("200.00"),
            "suggested_amounts": "10 15 25",
        },
    ),
)
