"""The demo's products and plans. A product's NEXT id follows from its place in the list."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from demo import drawings
from demo.drawings import Drawing


@dataclass(frozen=True)
class DemoProduct:
    """A product. `options` is {name: {value: swatch color or ""}}; prices and stock are by variant title."""

    name: str
    slug: str
    description: str
    price: str
    drawing: Drawing
    color: str = ""
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    price_by_variant: dict[str, str] = field(default_factory=dict)
    stock: int | None = 40
    stock_by_variant: dict[str, int] = field(default_factory=dict)
    excluded_variants: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    plans: str = ""


DEMO_PRODUCTS = (
    DemoProduct(
        "Dawn mug",
        "dawn-mug",
        "Wheel-thrown, glazed twice, and heavy enough to stay where you put it. Holds 11 oz.\n\n"
        "Dishwasher and microwave safe. Each glaze runs a little differently, so no two are quite the same.",
        "18.00",
        drawings.draw_mug,
        options={"Glaze": {"Chalk": "#e9e2d4", "Clay": "#b5654a", "Moss": "#6f7d5c", "Night": "#2b3440"}},
        stock_by_variant={"Moss": 3, "Night": 0},
    ),
    DemoProduct(
        "Pour-over set",
        "pour-over-set",
        "A ceramic dripper on a glass carafe: everything you need for two slow cups in the morning.\n\n"
        "Fits standard #2 paper filters.",
        "42.00",
        drawings.draw_pour_over,
        options={"Dripper": {"Terracotta": "#c9714f", "Sage": "#8a9a7b", "Cream": "#e6dac4"}},
    ),
    DemoProduct(
        "Harbor roast coffee",
        "harbor-roast",
        "Cocoa, hazelnut and a little orange peel. Roasted on Mondays, at your door by the end of the "
        "week.\n\nWhole beans.",
        "16.00",
        drawings.draw_coffee_bag,
        color="#2f4a43",
        options={"Size": {"250 g": "", "1 kg": ""}},
        price_by_variant={"1 kg": "52.00"},
        stock=None,
        plans="coffee",
    ),
    DemoProduct(
        "Tea club",
        "tea-club",
        "A new tea each month, in a tin worth keeping: two ounces, chosen by season, with a card that tells "
        "where it grew and how it likes to be brewed.",
        "24.00",
        drawings.draw_tea_tin,
        color="#48684e",
        stock=None,
        plans="tea",
        extra={"requires_selling_plan": True},
    ),
    DemoProduct(
        "Linen cushion",
        "linen-cushion",
        "Washed European linen with a feather fill, hand-piped and finished with tassels. The cover comes "
        "off for machine washing.",
        "39.00",
        drawings.draw_cushion,
        options={
            "Color": {"Sage": "#7d8f6d", "Rust": "#b06a4a", "Dusk": "#6b7488"},
            "Size": {"40 cm": "", "50 cm": "", "60 cm": ""},
        },
        price_by_variant={
            f"{color} / {size}": price
            for color in ("Sage", "Rust", "Dusk")
            for size, price in (("50 cm", "46.00"), ("60 cm", "54.00"))
        },
        stock=12,
        stock_by_variant={"Rust / 50 cm": 0, "Sage / 60 cm": 2},
        excluded_variants=("Dusk / 60 cm",),
    ),
    DemoProduct(
        "Pebble lamp",
        "pebble-lamp",
        "A spun metal shade on a brass stem, with a warm light that dims down to a glow.\n\n"
        "Bulb included. 15 inches tall, with a 6-foot cord.",
        "89.00",
        drawings.draw_lamp,
        options={"Color": {"Ochre": "#c98f3c", "Forest": "#3f5f52", "Bone": "#ded3c0"}},
        stock=7,
    ),
    DemoProduct(
        "Lambswool throw",
        "lambswool-throw",
        "Woven in a small mill from undyed and madder-red lambswool, and big enough for two.",
        "120.00",
        drawings.draw_throw,
        color="#8c3f3a",
        stock=0,
    ),
    DemoProduct(
        "Bud vase",
        "bud-vase",
        "A narrow neck and a round belly: one stem is enough. Stoneware, glazed inside and out.",
        "34.00",
        drawings.draw_vase,
        options={"Glaze": {"Sea": "#5b7287", "Sand": "#cbb08a"}},
        stock=15,
    ),
    DemoProduct(
        "Market tote",
        "market-tote",
        "Heavy organic cotton with straps that reach over a coat. Carries a week of vegetables.",
        "22.00",
        drawings.draw_tote,
        options={"Color": {"Natural": "#e8dcc2", "Ink": "#37424d"}},
        stock=60,
    ),
    DemoProduct(
        "The Quiet Kitchen, e-book",
        "quiet-kitchen",
        "Sixty slow recipes for evenings in. We email you a PDF and an EPUB file.",
        "15.00",
        drawings.draw_cookbook,
        color="#b4552f",
        stock=None,
        extra={"collect_shipping_address": False},
    ),
    DemoProduct(
        "Paper filters",
        "paper-filters",
        "100 unbleached #2 filters.",
        "6.00",
        drawings.draw_filters,
        color="#ead9bd",
        stock=200,
    ),
    DemoProduct(
        "Gift box",
        "gift-box",
        "We wrap it, tie it with a ribbon, and add a card with your message.",
        "5.00",
        drawings.draw_gift_box,
        color="#35594f",
        stock=100,
        extra={"listed": False},
    ),
    DemoProduct(
        "Letters from the Quiet Kitchen",
        "kitchen-letters",
        "A letter every Friday with two recipes for what's at the market that week, sent by email. The first "
        "seven days are free.",
        "8.00",
        drawings.draw_cookbook,
        color="#3d5a6c",
        stock=None,
        plans="letters",
        extra={"collect_shipping_address": False, "requires_selling_plan": True},
    ),
)

DEMO_PLANS: dict[str, list[dict[str, Any]]] = {
    "coffee": [
        {
            "name": "Every month",
            "description": "30% off the first order, so you can see if you like it.",
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
    # A free trial, which charges and refunds a verification amount, and a trial with its own price.
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
