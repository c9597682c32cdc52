"""The demo's product images, each drawn in a given color."""

from collections.abc import Callable

from PIL import Image

from .home import draw_cookbook, draw_cushion, draw_gift_box, draw_lamp, draw_throw, draw_tote
from .table import draw_coffee_bag, draw_filters, draw_mug, draw_pour_over, draw_tea_tin, draw_vase

Drawing = Callable[[str], Image.Image]

__all__ = [
    "Drawing",
    "draw_coffee_bag",
    "draw_cookbook",
    "draw_cushion",
    "draw_filters",
    "draw_gift_box",
    "draw_lamp",
    "draw_mug",
    "draw_pour_over",
    "draw_tea_tin",
    "draw_throw",
    "draw_tote",
    "draw_vase",
]
