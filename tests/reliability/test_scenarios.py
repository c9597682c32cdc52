"""The table of what goes wrong (docs/scenarios.md) is complete, and its tests exist."""

import ast
import re

import pytest

from tests.sandbox_process import ROOT

pytestmark = pytest.mark.any_database

ROW = re.compile(r"^\| (S\d+) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`([a-z_/]+\.py)::(test_\w+)`")


def rows():
    return dict(ROW.findall((ROOT / "docs" / "scenarios.md").read_text()))


def names_of_tests(name):
    body = ast.parse((ROOT / "tests" / name).read_text()).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def test_every_scenario_has_its_row():
    assert list(rows()) == [f"S{number}" for number in range(1, 31)]


def test_every_row_names_tests_that_exist():
    for scenario, row in rows().items():
        named = TEST.findall(row)
        assert named, f"{scenario} has no test"
        for file, test in named:
            assert test in names_of_tests(file), f"{scenario}: {file}::{test}"
