"""The demo's pictures: still lifes, each drawn in the colour that is asked for."""

from collections.abc import Callable

from PIL import Image

from .home import cookbook, cushion, gift_box, lamp, throw, tote
from .table import coffee_bag, filters, mug, pour_over, tea_tin, vase

Drawing = Callable[[str], Image.Image]

__all__ = [
    "Drawing",
    "coffee_bag",
    "cookbook",
    "cushion",
    "filters",
    "gift_box",
    "lamp",
    "mug",
    "pour_over",
    "tea_tin",
    "throw",
    "tote",
    "vase",
]
