"""Charts of a report, drawn on the server as SVG: a bar for each day, week, or month, and the one before."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from orders.reports.tables import Bar

WIDTH, HEIGHT = 720, 180


@dataclass(frozen=True)
class Rect:
    """A bar, in the chart's units, and what it says to who points at it."""

    x: str
    y: str
    width: str
    height: str
    title: str
    is_before: bool


@dataclass(frozen=True)
class Chart:
    """The bars, and the value at the top."""

    rects: list[Rect]
    top: str
    first_label: str
    last_label: str
    width: int = WIDTH
    height: int = HEIGHT


def build_chart(bars: list[Bar], format_value: Callable[[Decimal], str]) -> Chart | None:
    """Return the chart; None without bars."""
    if not bars:
        return None
    top = max(max(bar.value, bar.before) for bar in bars)
    slot = WIDTH / len(bars)
    rects = []
    for number, bar in enumerate(bars):
        for value, is_before in ((bar.before, True), (bar.value, False)):
            # Keep anything above zero visible.
            height = max(float(value) / float(top) * HEIGHT, 2) if value > 0 else 0
            if height:
                left = number * slot + slot * (0.12 if is_before else 0.34)
                rects.append(
                    Rect(
                        x=f"{left:.2f}",
                        y=f"{HEIGHT - height:.2f}",
                        width=f"{slot * 0.54:.2f}",
                        height=f"{height:.2f}",
                        title=f"{bar.label}: {format_value(value)}",
                        is_before=is_before,
                    )
                )
    return Chart(rects, format_value(top) if top else "", bars[0].label, bars[-1].label)
