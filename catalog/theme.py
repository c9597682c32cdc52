"""CSS for a store's accent color that stays readable in both color schemes."""

from typing import NamedTuple

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
# Backgrounds behind accent-colored text in the shop's stylesheets: the hardest case of each scheme.
LIGHT_BACKGROUND = (246, 246, 244)
DARK_BACKGROUND = (31, 35, 38)
# WCAG AA requires 4.5; the margin absorbs rounding.
MIN_CONTRAST = 4.6

Color = tuple[int, int, int]


class AccentColors(NamedTuple):
    """An accent in one scheme: a surface, what is written on it, text, and a tinted background."""

    fill: str
    on_fill: str
    text: str
    soft: str


def parse_color(text: str) -> Color:
    """Parse `1f6f5c` or `#1f6f5c`."""
    digits = text.removeprefix("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def format_color(color: Color) -> str:
    """Return the color as `#1f6f5c`."""
    return "#" + "".join(f"{part:02x}" for part in color)


def mix_colors(color: Color, other: Color, share: float) -> Color:
    """Blend `share` (0 to 1) of `other` into `color`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def contrast_ratio(one: Color, other: Color) -> float:
    """Return the WCAG contrast ratio, 1 to 21."""
    lighter, darker = sorted((_relative_luminance(one), _relative_luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def build_accent_css(accent: Color) -> str:
    """Return the custom properties for the light and the dark scheme."""
    light, dark = find_accent_colors(accent, is_dark=False), find_accent_colors(accent, is_dark=True)
    return (
        f":root{{{_format_properties(light)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_format_properties(dark)}}}}}\n"
    )


def find_accent_colors(accent: Color, *, is_dark: bool) -> AccentColors:
    """Return the accent as it is readable in one scheme."""
    background, ink = (DARK_BACKGROUND, WHITE) if is_dark else (LIGHT_BACKGROUND, BLACK)
    fill = _ensure_contrast(background, accent, ink, at_least=1.8)
    soft = mix_colors(background, accent, 0.10)
    # Accent-colored text appears on the plain and on the soft background.
    text = _ensure_contrast(
        soft, _ensure_contrast(background, accent, ink, at_least=MIN_CONTRAST), ink, at_least=MIN_CONTRAST
    )
    on_fill = max((WHITE, BLACK), key=lambda color: contrast_ratio(color, fill))
    return AccentColors(*map(format_color, (fill, on_fill, text, soft)))


def _format_properties(colors: AccentColors) -> str:
    return (
        f"--accent:{colors.fill};--on-accent:{colors.on_fill};"
        f"--accent-text:{colors.text};--accent-soft:{colors.soft}"
    )


def _ensure_contrast(background: Color, color: Color, ink: Color, *, at_least: float) -> Color:
    """Mix as little `ink` as needed into `color` to reach the contrast `at_least` on `background`."""
    for step in range(101):
        candidate = mix_colors(color, ink, step / 100)
        if contrast_ratio(candidate, background) >= at_least:
            return candidate
    return ink


def _relative_luminance(color: Color) -> float:
    red, green, blue = (_linearize_channel(part / 255) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linearize_channel(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
