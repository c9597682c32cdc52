"""A store's accent color as CSS, readable in both schemes whatever the color."""

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
# The lightest and darkest grounds that accent-coloured text stands on (`static/css/base.css`).
LIGHT_BACKGROUND = (246, 246, 244)
DARK_BACKGROUND = (31, 35, 38)
# WCAG AA asks for 4.5; a little more, so that rounding never falls below.
MIN_CONTRAST = 4.6

Color = tuple[int, int, int]


def parse_color(text: str) -> Color:
    """Read `1f6f5c` or `#1f6f5c`."""
    digits = text.removeprefix("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def format_color(color: Color) -> str:
    """Write `#1f6f5c`."""
    return "#" + "".join(f"{part:02x}" for part in color)


def mix_colors(color: Color, other: Color, share: float) -> Color:
    """Return `color` with `share` (0 to 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def contrast_ratio(one: Color, other: Color) -> float:
    """Return the WCAG contrast ratio, 1 to 21."""
    lighter, darker = sorted((_relative_luminance(one), _relative_luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def build_accent_css(accent: Color) -> str:
    """Return the custom properties of both schemes for one accent color."""
    light = _accent_properties(accent, ground=LIGHT_BACKGROUND, ink=BLACK)
    dark = _accent_properties(accent, ground=DARK_BACKGROUND, ink=WHITE)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _accent_properties(accent: Color, *, ground: Color, ink: Color) -> str:
    fill = _ensure_contrast(ground, accent, ink, at_least=1.8)
    soft = mix_colors(ground, accent, 0.10)
    # Accent-coloured text stands on the plain ground and on the soft one.
    text = _ensure_contrast(
        soft, _ensure_contrast(ground, accent, ink, at_least=MIN_CONTRAST), ink, at_least=MIN_CONTRAST
    )
    on_fill = max((WHITE, BLACK), key=lambda color: contrast_ratio(color, fill))
    return (
        f"--accent:{format_color(fill)};--on-accent:{format_color(on_fill)};"
        f"--accent-text:{format_color(text)};--accent-soft:{format_color(soft)}"
    )


def _ensure_contrast(ground: Color, color: Color, ink: Color, *, at_least: float) -> Color:
    """Mix `ink` into `color`, as little as it takes to stand out from `ground`."""
    for step in range(101):
        candidate = mix_colors(color, ink, step / 100)
        if contrast_ratio(candidate, ground) >= at_least:
            return candidate
    return ink


def _relative_luminance(color: Color) -> float:
    red, green, blue = (_linearize_channel(part / 255) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linearize_channel(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
