"""What the demo shop sells. Ids in the store are counted from the order of this list."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from demo import drawings
from demo.drawings import Drawing


@dataclass(frozen=True)
class Good:
    """A product. `options` is {name: {value: swatch colour or ""}}; prices and stock go by variant title."""

    name: str
    slug: str
    description: str
    price: str
    drawing: Drawing
    colour: str = ""
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    prices: dict[str, str] = field(default_factory=dict)
    stock: int | None = 40
    stocks: dict[str, int] = field(default_factory=dict)
    never_sold: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    plans: str = ""


@dataclass(frozen=True)
class Link:
    """A payment link; add-ons are (slug, title, fewest, most)."""

    name: str
    slug: str
    variants: tuple[str, ...] = ()
    add_ons: tuple[tuple[str, str, int, int], ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


GOODS = (
    Good(
        "Dawn mug",
        "dawn-mug",
        "Thrown by hand, glazed twice, and heavy enough to stay where you put it. Holds 320 ml.\n\n"
        "Dishwasher and microwave safe. Each glaze runs a little differently, so no two are quite the same.",
        "18.00",
        drawings.mug,
        options={"Glaze": {"Chalk": "#e9e2d4", "Clay": "#b5654a", "Moss": "#6f7d5c", "Night": "#2b3440"}},
        stocks={"Moss": 3, "Night": 0},
    ),
    Good(
        "Pour-over set",
        "pour-over-set",
        "A ceramic dripper on a glass carafe: all it takes for two slow cups in the morning.\n\n"
        "Fits common number 2 paper filters.",
        "42.00",
        drawings.pour_over,
        options={"Dripper": {"Terracotta": "#c9714f", "Sage": "#8a9a7b", "Cream": "#e6dac4"}},
    ),
    Good(
        "Harbour roast coffee",
        "harbour-roast",
        "Cocoa, hazelnut and a little orange peel. Roasted on Mondays, at your door by the end of the "
        "week.\n\nWhole beans.",
        "16.00",
        drawings.coffee_bag,
        colour="#2f4a43",
        options={"Size": {"250 g": "", "1 kg": ""}},
        prices={"1 kg": "52.00"},
        stock=None,
        plans="coffee",
    ),
    Good(
        "Tea club",
        "tea-club",
        "A new tea each month, in a tin worth keeping: two ounces, chosen by season, with a card that tells "
        "where it grew and how it likes to be brewed.",
        "24.00",
        drawings.tea_tin,
        colour="#48684e",
        stock=None,
        plans="tea",
        extra={"requires_selling_plan": True},
    ),
    Good(
        "Linen cushion",
        "linen-cushion",
        "Washed European linen with a feather filling, piped and tasselled by hand. The cover comes off "
        "and goes in the wash at 40 °C.",
        "39.00",
        drawings.cushion,
        options={
            "Colour": {"Sage": "#7d8f6d", "Rust": "#b06a4a", "Dusk": "#6b7488"},
            "Size": {"40 cm": "", "50 cm": "", "60 cm": ""},
        },
        prices={
            f"{colour} / {size}": price
            for colour in ("Sage", "Rust", "Dusk")
            for size, price in (("50 cm", "46.00"), ("60 cm", "54.00"))
        },
        stock=12,
        stocks={"Rust / 50 cm": 0, "Sage / 60 cm": 2},
        never_sold=("Dusk / 60 cm",),
    ),
    Good(
        "Pebble lamp",
        "pebble-lamp",
        "A spun metal shade on a brass stem, with a warm light that can be dimmed down to a glow.\n\n"
        "With bulb. 38 cm high, two metres of cable.",
        "89.00",
        drawings.lamp,
        options={"Colour": {"Ochre": "#c98f3c", "Forest": "#3f5f52", "Bone": "#ded3c0"}},
        stock=7,
    ),
    Good(
        "Lambswool throw",
        "lambswool-throw",
        "Woven in a small mill from undyed and madder-red lambswool, and big enough for two.",
        "120.00",
        drawings.throw,
        colour="#8c3f3a",
        stock=0,
    ),
    Good(
        "Bud vase",
        "bud-vase",
        "A narrow neck and a round belly: one stem is enough. Stoneware, glazed inside and out.",
        "34.00",
        drawings.vase,
        options={"Glaze": {"Sea": "#5b7287", "Sand": "#cbb08a"}},
        stock=15,
    ),
    Good(
        "Market tote",
        "market-tote",
        "Heavy organic cotton with straps that reach over a coat. Carries a week of vegetables.",
        "22.00",
        drawings.tote,
        options={"Colour": {"Natural": "#e8dcc2", "Ink": "#37424d"}},
        stock=60,
    ),
    Good(
        "The Quiet Kitchen, e-book",
        "quiet-kitchen",
        "Sixty slow recipes for evenings in. A PDF and an EPUB file, sent to your e-mail address.",
        "15.00",
        drawings.cookbook,
        colour="#b4552f",
        stock=None,
        extra={"collect_shipping_address": False},
    ),
    Good(
        "Paper filters",
        "paper-filters",
        "A hundred unbleached number 2 filters.",
        "6.00",
        drawings.filters,
        colour="#ead9bd",
        stock=200,
    ),
    Good(
        "Gift box",
        "gift-box",
        "We pack it, tie it and add a card with your words.",
        "5.00",
        drawings.gift_box,
        colour="#35594f",
        stock=100,
        extra={"listed": False},
    ),
    Good(
        "Letters from the Quiet Kitchen",
        "kitchen-letters",
        "Every Friday a letter with two recipes for what the market has that week, sent to your e-mail "
        "address. The first seven days are free.",
        "8.00",
        drawings.cookbook,
        colour="#3d5a6c",
        stock=None,
        plans="letters",
        extra={"collect_shipping_address": False, "requires_selling_plan": True},
    ),
)

PLANS: dict[str, list[dict[str, Any]]] = {
    "coffee": [
        {
            "name": "Every month",
            "description": "A third off the first bag, so that you can find out whether you like it.",
            "interval": "month",
            "pricing_policy": [
                {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "30"},
                {
                    "policy_type": "RECURRING",
                    "adjustment_type": "PERCENTAGE",
                    "adjustment_value": "10",
                    "after_cycle": "1",
                },
            ],
        },
        {
            "name": "Every two weeks",
            "interval": "week",
            "interval_count": 2,
            "priority": 1,
            "pricing_policy": [
                {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "15"}
            ],
        },
    ],
    "tea": [
        {
            "name": "Monthly",
            "interval": "month",
            "pricing_policy": [
                {"policy_type": "FIXED", "adjustment_type": "FIXED_AMOUNT", "adjustment_value": "6.00"},
                {
                    "policy_type": "RECURRING",
                    "adjustment_type": "FIXED_AMOUNT",
                    "adjustment_value": "0.00",
                    "after_cycle": "3",
                },
            ],
        },
        {
            "name": "Every three months, three tins",
            "interval": "month",
            "interval_count": 3,
            "priority": 1,
            "pricing_policy": [
                {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "64.00"}
            ],
        },
    ],
    # Two trials: a free one, for which the store verifies the payment, and one with a price of its own.
    "letters": [
        {
            "name": "Monthly",
            "interval": "month",
            "trial_period_days": 7,
            "pricing_policy": [
                {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "50"},
                {
                    "policy_type": "RECURRING",
                    "adjustment_type": "PERCENTAGE",
                    "adjustment_value": "0",
                    "after_cycle": "2",
                },
            ],
        },
        {
            "name": "Yearly",
            "interval": "year",
            "priority": 1,
            "trial_period_days": 30,
            "trial_price": Decimal("1.00"),
            "pricing_policy": [
                {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "72.00"}
            ],
        },
    ],
}

LINKS = (
    Link(
        "Pour-over set with filters",
        "pour-over-set",
        add_ons=(
            ("paper-filters", "", 1, 5),
            ("dawn-mug", "Clay", 0, 4),
            ("gift-box", "", 0, 1),
        ),
        config={"display_mode": "grid", "show_inventory": True},
    ),
    Link("Cushions", "linen-cushion", config={"show_inventory": True}),
    Link("Coffee, once or by subscription", "harbour-roast", config={"display_mode": "list"}),
    Link("Tea club", "tea-club", add_ons=(("gift-box", "", 0, 1),)),
    Link("The Quiet Kitchen, e-book", "quiet-kitchen", extra={"max_quantity": 1}),
    Link("Letters, free for a week", "kitchen-letters", extra={"max_quantity": 1}),
    Link("Lambswool throw", "lambswool-throw"),
)
