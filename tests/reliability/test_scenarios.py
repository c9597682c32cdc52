"""The scenario table (docs/scenarios.md) is complete, and the tests it names exist."""

import ast
import re

import pytest

from tests.sandbox_process import ROOT

pytestmark = pytest.mark.any_database

ROW = re.compile(r"^\| (S\d+) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`([a-z_/]+\.py)::(test_\w+)`")
# Scenarios that may still be open, i.e. without a test.
MAY_BE_OPEN = {f"S{number}" for number in range(31, 43)}


def scenario_rows():
    """Return the table's rows by scenario: what happened, what must be seen, tests."""
    return dict(ROW.findall((ROOT / "docs" / "scenarios.md").read_text()))


def find_test_names(file):
    """Return the names of the test functions in `file`, a path below `tests/`."""
    body = ast.parse((ROOT / "tests" / file).read_text()).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def test_every_scenario_has_its_row():
    assert list(scenario_rows()) == [f"S{number}" for number in range(1, 43)]


def test_every_row_names_tests_that_exist():
    for scenario, row in scenario_rows().items():
        tests_cell = row.split("|")[-1].strip()
        listed = TEST.findall(tests_cell)
        if tests_cell == "open":
            assert scenario in MAY_BE_OPEN, f"{scenario} has no test"
        else:
            assert listed, f"{scenario} has no test"
        for file, test in listed:
            assert test in find_test_names(file), f"{scenario}: {file}::{test}"


def test_every_duty_of_the_law_names_tests_that_exist():
    text = (ROOT / "docs" / "law.md").read_text()
    _heading, *rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    for row in rows:
        listed = TEST.findall(row)
        assert listed, f"{row[:60]} has no test"
        for file, test in listed:
            assert test in find_test_names(file), f"{file}::{test}"
