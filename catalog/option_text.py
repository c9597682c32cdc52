"""The values of an option as one line that people type: `S, M, "1,5 l", Black #1a1a1a`."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from catalog.models import OptionValue
from catalog.validation import COLOR_PATTERN
from stores.responses import EchoBuffer


def format_option_values(values: Iterable[OptionValue]) -> str:
    """Return the values separated by commas. One with a comma is quoted, a color has its code behind it."""
    writer: Any = csv.writer(EchoBuffer(), lineterminator="")
    return ", ".join(writer.writerow([_format_value(value)]) for value in values)


def parse_option_values(text: str) -> list[dict[str, Any]]:
    """Return the values as `catalog.options` takes them. Line breaks separate values, too."""
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    cells = [cell.strip() for row in rows for cell in row]
    return [_parse_value(cell) for cell in cells if cell]


def _format_value(value: OptionValue) -> str:
    is_color = value.swatch_type == OptionValue.Swatch.COLOR
    return f"{value.value} {value.swatch_value}" if is_color else value.value


def _parse_value(cell: str) -> dict[str, Any]:
    value, _space, code = cell.rpartition(" ")
    if value and COLOR_PATTERN.fullmatch(code):
        return {"value": value.strip(), "swatch": {"type": OptionValue.Swatch.COLOR.value, "value": code}}
    return {"value": cell}
