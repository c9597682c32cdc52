"""The figures of the generated carts, added up over all tests and workers."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "carts":
                    counts.update(value)
    if counts:
        terminalreporter.write_line(f"Generated carts: {dict(sorted(counts.items()))}")
