"""`api_rules.csv` says which test holds which statement of the API's guide: R its rules, X the reading of what
contradicts itself, W what the official clients do on the wire. A row without a test fails here."""

import ast
import csv

import pytest

from tests.sandbox_process import ROOT

pytestmark = pytest.mark.any_database

SAYS_NOTHING = {"X35"}  # that two sections have the same number
# R139 is about a mail.
RULES = {*range(1, 139), *range(140, 193)}
EXPECTED = (
    {f"R{number}" for number in RULES}
    | {f"X{number}" for number in range(1, 44)}
    | {f"W{number}" for number in range(1, 18)}
) - SAYS_NOTHING

with (ROOT / "tests" / "api_rules.csv").open() as file:
    TABLE = [(line["row"], line["test"]) for line in csv.DictReader(file)]


def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_has_a_test():
    assert EXPECTED - {row for row, _test in TABLE} == set()


@pytest.mark.parametrize("path", sorted({test.partition("::")[0] for _row, test in TABLE}))
def test_every_test_of_the_table_is_there(path):
    named = {test.partition("::")[2] for _row, test in TABLE if test.startswith(f"{path}::")}

    assert named - names_in(path) == set()
