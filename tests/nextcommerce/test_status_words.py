"""NEXT's words for states are written and compared in `nextcommerce` alone."""

import ast
import inspect

import pytest

from nextcommerce import statuses
from tests.code_metrics import list_python_files
from tests.sandbox_process import ROOT

# Words that mean something else where they stand: states of ours, names of our columns, and of API fields.
OURS = {
    "active": "our subscriptions and plans, and a column of products, links and upsells",
    "cancel": "what staff and subscribers do",
    "canceled": "our subscriptions, our orders' log, and our emails",
    "customer": "a column, an object of our API, and a subject of a template",
    "expired": "our payment intents",
    "failed": "a column of the upsells",
    "fulfillment": "a kind of our orders' log",
    "gateway": "a part of NEXT's settings",
    "open": "our payment links and invoices, and a filter of the admin",
    "order": "a column, and a subject of a template",
    "paid": "our orders' log, our invoices, and the outcome of a payment",
    "product": "a column, an object of our API, and a subject of a template",
    "pending": "our filter of subscriptions",
    "past_due": "our subscriptions",
    "paused": "our subscriptions and emails",
    "refund": "the name of a page",
    "refunded": "our payment intents and our orders' log",
    "return": "a source of our orders' log",
    "store": "a column",
    "subscription": "a column, a field that we send, and a subject of a template",
    "succeeded": "our payment intents",
    "success": "the answer of our API",
}
WORDS = {
    str(word): name
    for name, words in inspect.getmembers(statuses, inspect.isclass)
    if issubclass(words, statuses.NextWord)
    for word in list(words)
    if word
}
# Fields and columns that hold a word of NEXT.
FIELDS = {
    *("next_status", "next_payment_status", "next_fulfillment_status"),
    *("payment_status", "fulfillment_status", "delivery_status"),
}
FOLDERS = ["accounts", "catalog", "checkout", "config", "orders", "stores", "subscriptions", "demo"]


def find_words(path: str) -> set[str]:
    """Return the words of NEXT that a module has as string literals."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and WORDS.get(node.value)}


def find_comparisons(source: str) -> list[str]:
    """Return the comparisons of a field that holds a word of NEXT with a certain word or with several."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(is_field(operand) for operand in (node.left, *node.comparators))
        and not all(is_field(operand) or is_variable(operand) for operand in (node.left, *node.comparators))
    ]


def is_field(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in FIELDS


def is_variable(node: ast.expr) -> bool:
    """Return True for a name or an attribute that isn't a constant, such as what the field was before."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.islower()


def list_modules(folder: str) -> list[str]:
    return [path for path in list_python_files(ROOT) if path.startswith(f"{folder}/")]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_other_module_has_a_word_of_next(folder):
    found = {path: words for path in list_modules(folder) if (words := find_words(path) - OURS.keys())}

    assert found == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_other_module_compares_a_word_of_next(folder):
    found = [
        f"{path}: {comparison}"
        for path in list_modules(folder)
        for comparison in find_comparisons((ROOT / path).read_text())
    ]

    assert found == []


def test_finders_see_words_and_comparisons():
    assert "partially_refunded" in find_words("nextcommerce/statuses.py")
    source = """
if order.next_payment_status == "paid" or order.payment_status in {NextPaymentStatus.PAID}: ...
if subscription.next_status != NextStatus.ACTIVE or subscription.next_status in PAST_DUE: ...
if order.next_status == before.status: ...
"""
    assert find_comparisons(source) == [
        "order.next_payment_status == 'paid'",
        "order.payment_status in {NextPaymentStatus.PAID}",
        "subscription.next_status != NextStatus.ACTIVE",
        "subscription.next_status in PAST_DUE",
    ]
