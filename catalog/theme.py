"""A store's accent colour as CSS, readable in both schemes whatever the colour."""

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
# The lightest and darkest grounds that accent-coloured text stands on (`static/css/shop.css`).
LIGHT_GROUND = (246, 246, 244)
DARK_GROUND = (31, 35, 38)
# WCAG AA asks for 4.5; a little more, so that rounding never falls below.
READABLE = 4.6

Colour = tuple[int, int, int]


def parse(text: str) -> Colour:
    """Read `1f6f5c` or `#1f6f5c`."""
    digits = text.removeprefix("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def written(colour: Colour) -> str:
    """Write `#1f6f5c`."""
    return "#" + "".join(f"{part:02x}" for part in colour)


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """Return `colour` with `share` (0 to 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the WCAG contrast ratio, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def stylesheet(accent: Colour) -> str:
    """Return the custom properties of both schemes for one accent colour."""
    light = _properties(accent, ground=LIGHT_GROUND, ink=BLACK)
    dark = _properties(accent, ground=DARK_GROUND, ink=WHITE)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _properties(accent: Colour, *, ground: Colour, ink: Colour) -> str:
    fill = _away_from(ground, accent, ink, at_least=1.8)
    soft = mixed(ground, accent, 0.10)
    # Accent-coloured text stands on the plain ground and on the soft one.
    text = _away_from(soft, _away_from(ground, accent, ink, at_least=READABLE), ink, at_least=READABLE)
    on_fill = max((WHITE, BLACK), key=lambda colour: contrast(colour, fill))
    return (
        f"--accent:{written(fill)};--on-accent:{written(on_fill)};"
        f"--accent-text:{written(text)};--accent-soft:{written(soft)}"
    )


def _away_from(ground: Colour, colour: Colour, ink: Colour, *, at_least: float) -> Colour:
    """Mix `ink` into `colour`, as little as it takes to stand out from `ground`."""
    for step in range(101):
        candidate = mixed(colour, ink, step / 100)
        if contrast(candidate, ground) >= at_least:
            return candidate
    return ink


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
