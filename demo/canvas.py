"""A small drawing kit for product images: shaded shapes, soft shadows, a lit wall."""

import itertools
from collections.abc import Sequence

from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 800, 1000
SCALE = 2  # draw at double size for smooth edges
CURVE_STEPS = 24  # points per curve segment

Point = tuple[float, float]
ColorStop = tuple[float, str]


def blend_colors(one: str, other: str, share: float) -> str:
    """Mix `share` (0 to 1) of `other` into `one`. Return `#rrggbb`."""
    pairs = zip(ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3], strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def darken_color(color: str, share: float) -> str:
    return blend_colors(color, "#14100c", share)


def lighten_color(color: str, share: float) -> str:
    return blend_colors(color, "#fffdf8", share)


def round_shading(color: str) -> list[ColorStop]:
    """Return the gradient across a round object that is lit from the left."""
    return [
        (0.0, darken_color(color, 0.22)),
        (0.12, darken_color(color, 0.06)),
        (0.34, lighten_color(color, 0.24)),
        (0.62, color),
        (0.9, darken_color(color, 0.26)),
        (1.0, darken_color(color, 0.36)),
    ]


def bezier_curve(start: Point, *segments: tuple[Point, Point, Point]) -> list[Point]:
    """Return the points along cubic Bézier segments, each `(control, control, end)`."""
    points = [start]
    for one, two, end in segments:
        begin = points[-1]
        for step in range(1, CURVE_STEPS + 1):
            t = step / CURVE_STEPS
            u = 1 - t
            points.append(
                (
                    u**3 * begin[0] + 3 * u * u * t * one[0] + 3 * u * t * t * two[0] + t**3 * end[0],
                    u**3 * begin[1] + 3 * u * u * t * one[1] + 3 * u * t * t * two[1] + t**3 * end[1],
                )
            )
    return points


def mirror_outline(profile: Sequence[Point], axis: float = WIDTH / 2) -> list[Point]:
    """Return a closed, symmetric outline from its right half."""
    return [*profile, *((2 * axis - x, y) for x, y in reversed(profile))]


class Canvas:
    """An image of 800 × 1000 units with a wall and a table."""

    def __init__(self, wall: str, table: str, *, horizon: float = 720) -> None:
        self.image = self._draw_gradient([(0.0, lighten_color(wall, 0.35)), (1.0, wall)], vertical=True)
        glow = Image.new("L", (80, 100), 0)
        ImageDraw.Draw(glow).ellipse((4, -8, 56, 62), fill=110)
        glow = glow.filter(ImageFilter.GaussianBlur(14)).resize(self.image.size)
        self.image.paste(Image.new("RGB", self.image.size, lighten_color(wall, 0.75)), (0, 0), glow)
        if horizon < HEIGHT:
            top = self._draw_gradient(
                [(0.0, darken_color(table, 0.05)), (0.12, table), (1.0, lighten_color(table, 0.22))],
                vertical=True,
                size=(WIDTH * SCALE, int((HEIGHT - horizon) * SCALE)),
            )
            self.image.paste(top, (0, int(horizon * SCALE)))

    def shadow(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a soft, flat shadow around a center."""
        outline = [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]
        self._soften(outline, 0.34, 18, ellipse=True)

    def cast_shadow(
        self,
        outline: Sequence[Point],
        *,
        dx: float = 16,
        dy: float = 18,
        strength: float = 0.22,
        blur: float = 20,
    ) -> None:
        """Draw the shadow of a flat shape on the wall behind it."""
        self._soften([(x + dx, y + dy) for x, y in outline], strength, blur)

    def polygon(self, outline: Sequence[Point], fill: str | Sequence[ColorStop]) -> None:
        """Fill a polygon with one color or with a gradient across its width."""
        mask = self._mask()
        ImageDraw.Draw(mask).polygon(self._scaled(outline), fill=255)
        self._fill(mask, fill)

    def ellipse(
        self, x: float, y: float, width: float, height: float, fill: str | Sequence[ColorStop]
    ) -> None:
        mask = self._mask()
        box = self._scaled([(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)])
        ImageDraw.Draw(mask).ellipse([*box[0], *box[1]], fill=255)
        self._fill(mask, fill)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str | Sequence[ColorStop],
        *,
        radius: float = 0,
        vertical: bool = False,
    ) -> None:
        """Fill a rectangle, given by its upper left corner, with rounded corners."""
        mask = self._mask()
        corners = self._scaled([(x, y), (x + width, y + height)])
        ImageDraw.Draw(mask).rounded_rectangle([*corners[0], *corners[1]], radius * SCALE, fill=255)
        self._fill(mask, fill, vertical=vertical)

    def line(self, points: Sequence[Point], width: float, fill: str) -> None:
        """Draw a line with round ends and joints."""
        draw = ImageDraw.Draw(self.image)
        scaled = self._scaled(points)
        draw.line(scaled, fill=fill, width=round(width * SCALE), joint="curve")
        half = width * SCALE / 2
        for x, y in (scaled[0], scaled[-1]):
            draw.ellipse((x - half, y - half, x + half, y + half), fill=fill)

    def light(self, outline: Sequence[Point], *, strength: float = 0.5, blur: float = 10) -> None:
        """Draw a soft highlight."""
        self._soften(outline, strength, blur, color="#ffffff")

    def text(self, x: float, y: float, text: str, size: float, fill: str, *, spacing: float = 0) -> None:
        """Draw centered text with extra space between letters."""
        font = ImageFont.load_default(size * SCALE)
        widths = [font.getlength(letter) + spacing * SCALE for letter in text]
        left = x * SCALE - (sum(widths) - spacing * SCALE) / 2
        draw = ImageDraw.Draw(self.image)
        for letter, width in zip(text, widths, strict=True):
            draw.text((left, y * SCALE), letter, font=font, fill=fill, anchor="lm")
            left += width

    def to_image(self) -> Image.Image:
        """Return the image at its final size."""
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)

    def _mask(self) -> Image.Image:
        return Image.new("L", self.image.size, 0)

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * SCALE, y * SCALE) for x, y in points]

    def _fill(self, mask: Image.Image, fill: str | Sequence[ColorStop], *, vertical: bool = False) -> None:
        bounds = mask.getbbox()
        if bounds is None:
            return
        if isinstance(fill, str):
            self.image.paste(ImageColor.getrgb(fill), bounds, mask.crop(bounds))
            return
        size = (bounds[2] - bounds[0], bounds[3] - bounds[1])
        shades = self._draw_gradient(fill, vertical=vertical, size=size)
        self.image.paste(shades, bounds[:2], mask.crop(bounds))

    def _draw_gradient(
        self, stops: Sequence[ColorStop], *, vertical: bool, size: tuple[int, int] | None = None
    ) -> Image.Image:
        size = size or (WIDTH * SCALE, HEIGHT * SCALE)
        strip = Image.new("RGB", (256, 1))
        for place in range(256):
            strip.putpixel((place, 0), ImageColor.getrgb(_color_at(stops, place / 255)))
        # Interpolate along the gradient; copy pixels across it, which is faster.
        length = (size[0], 1)
        if vertical:
            strip, length = strip.transpose(Image.Transpose.ROTATE_270), (1, size[1])
        return strip.resize(length, Image.Resampling.BICUBIC).resize(size, Image.Resampling.NEAREST)

    def _soften(
        self,
        outline: Sequence[Point],
        strength: float,
        blur: float,
        *,
        ellipse: bool = False,
        color: str = "#1c130b",
    ) -> None:
        """Draw a blurred shape of one color. It is blurred at a small size, which is faster."""
        small = Image.new("L", (WIDTH // 2, HEIGHT // 2), 0)
        points = [(x / 2, y / 2) for x, y in outline]
        draw = ImageDraw.Draw(small)
        if ellipse:
            draw.ellipse([*points[0], *points[1]], fill=round(255 * strength))
        else:
            draw.polygon(points, fill=round(255 * strength))
        small = small.filter(ImageFilter.GaussianBlur(blur / 2))
        bounds = small.getbbox()
        if bounds is None:
            return
        larger = 2 * SCALE
        left, upper, right, lower = (larger * edge for edge in bounds)
        size = (right - left, lower - upper)
        soft = small.resize(size, Image.Resampling.BICUBIC, box=bounds)
        self.image.paste(ImageColor.getrgb(color), (left, upper), soft)


def _color_at(stops: Sequence[ColorStop], place: float) -> str:
    for (start, one), (end, other) in itertools.pairwise(stops):
        if place <= end:
            return blend_colors(one, other, (place - start) / (end - start) if end > start else 0)
    return stops[-1][1]
