"""Row locks keep out those who change the row, not those who refer to it."""

import ast
from pathlib import Path

import pytest

from tests.repository import ROOT

FOLDERS = (
    "accounts",
    "catalog",
    "checkout",
    "config",
    "nextcommerce",
    "orders",
    "outbound",
    "stores",
    "subscriptions",
)


def list_functions() -> list[tuple[Path, ast.FunctionDef]]:
    paths = [
        path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
    ]
    return [
        (path, node)
        for path in paths
        if "select_for_update" in (text := path.read_text())
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]


def list_method_calls(function: ast.FunctionDef, name: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == name]


@pytest.mark.any_database
def test_only_rows_that_are_deleted_are_locked_against_references():
    """PostgreSQL checks references at commit. To wait there, with other locks held, is half a deadlock."""
    locks = [
        (f"{path.relative_to(ROOT)}:{call.lineno}", {keyword.arg for keyword in call.keywords}, function)
        for path, function in list_functions()
        for call in list_method_calls(function, "select_for_update")
    ]
    assert len(locks) > 40
    full = [place for place, keywords, function in locks if "no_key" not in keywords]
    deleting = [place for place, _, function in locks if list_method_calls(function, "delete")]
    assert [place for place in full if place not in deleting] == []
