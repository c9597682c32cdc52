"""A catalog of any size, to try an import with: products with texts, pictures, options, and categories."""

import io
import itertools
import random
from decimal import Decimal
from typing import Any

JsonObject = dict[str, Any]

PICTURE_PATH = "/sandbox/pictures/{number}.jpg"
PICTURE_SIZE = 1000
_MATERIALS = ("Oak", "Linen", "Brass", "Stoneware", "Wool", "Cork", "Glass", "Walnut", "Cotton", "Enamel")
_CATEGORIES = {
    "Kitchen": ("Mug", "Bowl", "Teapot", "Tray", "Cutting board"),
    "Living": ("Lamp", "Cushion", "Vase", "Throw", "Mirror"),
    "Desk": ("Notebook", "Pen tray", "Desk lamp", "Bookend", "Clock"),
    "Garden": ("Planter", "Watering can", "Lantern", "Bird feeder", "Trowel"),
}
_COLORS = ("Black", "White", "Moss", "Rust", "Sand", "Ink")
_SIZES = ("Small", "Medium", "Large")
_LINES = (
    "Made in small batches.",
    "Ages well and is easy to repair.",
    "Packed without plastic.",
    "A gift that gets used every day.",
)


def build_sample_categories() -> list[JsonObject]:
    """Return the categories of the sample products: four, each with a category below it."""
    rows = []
    for number, name in enumerate(_CATEGORIES, 1):
        slug = name.lower()
        rows.append({"id": number * 10, "name": name, "slug": slug})
        rows.append({"id": number * 10 + 1, "name": f"New in {slug}", "slug": f"{slug}/new"})
    return rows


def build_sample_products(count: int) -> list[JsonObject]:
    """Return `count` products, always the same ones."""
    return [_build_product(number) for number in range(1, count + 1)]


def _build_product(number: int) -> JsonObject:
    rng = random.Random(number)  # nosec B311
    category = rng.choice(list(_CATEGORIES))
    title = f"{rng.choice(_MATERIALS)} {rng.choice(_CATEGORIES[category]).lower()} No. {number}"
    price = Decimal(rng.randrange(8, 180)) - Decimal("0.05")
    colors = rng.sample(_COLORS, rng.choice((1, 1, 2, 3)))
    sizes = rng.choice(((), (), _SIZES))
    pictures = [_picture_path(number, place) for place in range(rng.choice((1, 2, 3)))]
    return {
        "id": number,
        "title": title,
        "description": (
            f"<p><strong>{title}</strong> for the {category.lower()}. {rng.choice(_LINES)}</p>"
            f"<ul><li>{rng.choice(_LINES)}</li><li>Designed to last.</li></ul>"
        ),
        "meta_title": f"{title} | Sample store",
        "meta_description": f"{title}: {rng.choice(_LINES)}",
        "categories": [category, f"New in {category.lower()}"] if number % 7 == 0 else [category],
        "images": [
            {"src": path, "caption": title if place == 0 else f"{title}, detail {place}"}
            for place, path in enumerate(pictures)
        ],
        "variants": [
            _build_variant(number, place, color, size, price, pictures, colors)
            for place, (color, size) in enumerate(itertools.product(colors, sizes or ("",)), 1)
        ],
    }


def _build_variant(
    number: int, place: int, color: str, size: str, price: Decimal, pictures: list[str], colors: list[str]
) -> JsonObject:
    attributes = [{"code": "color", "name": "Color", "value": color}] if len(colors) > 1 else []
    attributes += [{"code": "size", "name": "Size", "value": size}] if size else []
    own_picture = colors.index(color) if len(colors) > 1 else 0
    retail = {"USD": str(price + 20)} if number % 4 == 0 else {}
    return {
        "id": number * 100 + place,
        "title": " / ".join(each["value"] for each in attributes),
        "sku": f"S-{number:04}-{place}",
        "prices": {"USD": str(price), "EUR": str(price)},
        "retail_prices": retail,
        "upc": f"{number * 100 + place:012}",
        "stock": None if number % 9 == 0 else (number * 7 + place) % 60,
        "image": pictures[own_picture] if 0 < own_picture < len(pictures) else "",
        "attributes": attributes,
    }


def _picture_path(number: int, place: int) -> str:
    return PICTURE_PATH.format(number=number * 10 + place)


def draw_sample_picture(number: int, size: int = PICTURE_SIZE) -> bytes:
    """Return a JPEG picture, always the same for a number."""
    # Imported here, because the rest of the sandbox needs no Pillow.
    from PIL import Image, ImageDraw

    rng = random.Random(number)  # nosec B311
    image = Image.new("RGB", (PICTURE_SIZE, PICTURE_SIZE), _mix_color(rng, 200))
    draw = ImageDraw.Draw(image)
    for _ in range(5):
        left, top = rng.randrange(-200, 800), rng.randrange(-200, 800)
        width = rng.randrange(200, 700)
        shape = draw.ellipse if rng.random() < 0.6 else draw.rectangle
        shape((left, top, left + width, top + width), fill=_mix_color(rng, 60))
    out = io.BytesIO()
    image.resize((size, size)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _mix_color(rng: random.Random, least: int) -> tuple[int, int, int]:
    return rng.randrange(least, 256), rng.randrange(least, 256), rng.randrange(least, 256)
