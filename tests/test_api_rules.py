"""`api_rules.csv` names a test for each rule of the payment links API (docs/contract/payment-links.md).

R numbers are its rules, X numbers resolve contradictions, W numbers are what the official clients send. A
rule without a test fails here.
"""

import ast
import csv

import pytest

from tests.sandbox_process import ROOT

pytestmark = pytest.mark.any_database

NOT_TESTABLE = {"X35"}  # two sections of the guide have the same number
# R139 is about an email.
RULES = {*range(1, 139), *range(140, 193)}
EXPECTED = (
    {f"R{number}" for number in RULES}
    | {f"X{number}" for number in range(1, 44)}
    | {f"W{number}" for number in range(1, 18)}
) - NOT_TESTABLE

with (ROOT / "tests" / "api_rules.csv").open() as file:
    TABLE = [(line["row"], line["test"]) for line in csv.DictReader(file)]


def function_names(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_rule_has_a_test():
    assert EXPECTED - {row for row, _test in TABLE} == set()


@pytest.mark.parametrize("path", sorted({test.partition("::")[0] for _row, test in TABLE}))
def test_every_named_test_exists(path):
    named = {test.partition("::")[2] for _row, test in TABLE if test.startswith(f"{path}::")}

    assert named - function_names(path) == set()
