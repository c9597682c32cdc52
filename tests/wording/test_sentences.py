"""Stored sentences: worded in the language of their reader, and never stored as words."""

import ast
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy, override

from checkout.models import PaymentIntent
from orders.models import OrderEvent
from orders.order_log import log_order_event
from orders.sentences import EXTRA_REFUND, NOTE, PAID_AFTER_SOLD_OUT, REVIEW_DISMISSED, name_actor
from tests.factories import make_order, make_review, make_store
from wording.sentence import Label, Money, Sentence, SentenceTemplate, join_sentences

ROOT = Path(__file__).parents[2]
PACKAGES = (
    *("accounts", "catalog", "checkout", "config", "demo", "nextcommerce", "orders", "stores"),
    "subscriptions",
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
# What people and NEXT wrote themselves, and a number with its state. Any other sentence has words of its own.
WITHOUT_WORDS = {"note", "quoted", "payment_outcome", "variant_field"}
# Functions that store a sentence, and the parameter that takes it.
WRITERS = {"log_order_event": "text", "open_review": "text", "log_staff_act": "text"}
# Calls that write rows, and what words a text in its writer's language.
ROW_WRITERS = {"create", "update", "get_or_create", "update_or_create", "record"}
WORDING_CALLS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}

GERMAN_MUST_HAVE = "Bezahlt, als der Artikel schon ausverkauft war."


def read_back(sentence):
    return Sentence.from_json(sentence.to_json())


@pytest.mark.any_database
def test_amounts_and_terms_are_worded_for_the_reader():
    sentence = read_back(
        EXTRA_REFUND.fill(
            extra=Money(Decimal("1234.50"), "EUR"), amount=Money(Decimal(5), "EUR"), actor=name_actor("mia")
        )
    )

    assert str(sentence) == "NEXT Commerce refunded €1,234.50 more than the €5.00 that mia requested."
    with override("de"):
        assert "1.234,50" in str(sentence)
        assert sentence.in_english() == (
            "NEXT Commerce refunded €1,234.50 more than the €5.00 that mia requested."
        )


@pytest.mark.any_database
def test_sentence_in_a_sentence_and_several_as_one_come_back_as_they_were():
    inner = PAID_AFTER_SOLD_OUT.fill()
    closed = REVIEW_DISMISSED.fill(actor="kim", reason=inner)
    sentence = join_sentences([closed, NOTE.fill(text="100 % sure")])

    assert read_back(sentence) == sentence
    assert str(sentence) == (
        "kim closed the review. (Paid after the item sold out. Ship later or refund.) 100 % sure"
    )
    assert join_sentences([inner]) == inner
    assert join_sentences([]) == Sentence()
    assert not Sentence()


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"code": "of_another_release", "values": {"name": "Ada", "n": 2}}, "of_another_release · Ada · 2"),
        (
            {"code": "extra_refund", "values": {}},
            "NEXT Commerce refunded ? more than the ? that ? requested.",
        ),
        ({"code": "note", "values": {"text": {"amount": "many", "currency": "USD"}}}, "?"),
        ({"code": "note", "values": {"text": {"amount": "1", "currency": ""}}}, "1.00"),
        ({"code": "note", "values": ["no", "names"]}, "?"),
        ({"code": "note", "values": {"text": [{"code": ""}, 7]}}, " 7"),
        ({"values": {}}, ""),
        ("words of their own", "words of their own"),
        ([], ""),
        (None, ""),
    ],
)
def test_whatever_is_stored_can_be_shown(stored, shown):
    assert str(Sentence.from_json(stored)).replace("\xa0", "") == shown


@pytest.mark.any_database
@pytest.mark.parametrize("words", ["%(count)y broken", "%(count", "%d of them", "%"])
def test_wrong_placeholder_of_a_translation_breaks_no_page(words):
    template = SentenceTemplate(f"test {words}", gettext_lazy(words))

    assert "3" in str(template.fill(count=3))


@pytest.mark.any_database
def test_label_is_stored_in_english_whoever_writes_it():
    with override("de"):
        label = Label.of(PaymentIntent.Status.DECLINED.label)
        assert str(label) == "abgelehnt"

    assert (label.english, str(label)) == ("declined", "declined")


def test_text_that_no_database_stores_is_cleaned(db):
    event = log_order_event(
        order=make_order(make_store()),
        kind=OrderEvent.Kind.NOTE,
        text=NOTE.fill(text="NUL \0, lone surrogate \ud800, long " + "x" * 900),
        source=OrderEvent.Source.STAFF,
    )

    event.refresh_from_db()
    assert str(event.text).startswith("NUL , lone surrogate ?, long xxx")
    assert len(str(event.text)) == 500


def test_words_of_a_sentence_are_not_stored(db):
    order = make_order(make_store())
    review = make_review(order)

    with pytest.raises(TypeError, match="stores a Sentence"):
        OrderEvent.objects.create(order=order, kind="note", text="Finished words.", source="staff")
    with pytest.raises(TypeError, match="stores a Sentence"):
        order.reviews.update(text="Finished words.")
    review.text = "Finished words."
    with pytest.raises(TypeError, match="stores a Sentence"):
        review.save()


@pytest.mark.page
def test_staff_read_log_and_reviews_in_their_language(admin_client):
    order = make_order(make_store())
    order.reviews.create(kind="sold_out", text=PAID_AFTER_SOLD_OUT.fill())
    log_order_event(
        order=order, kind=OrderEvent.Kind.REVIEW, text=PAID_AFTER_SOLD_OUT.fill(), source="webhook"
    )

    def read(language, address=f"/admin/orders/order/{order.pk}/change/"):
        return admin_client.get(address, headers={"accept-language": language}).text

    assert read("en").count("Paid after the item sold out.") == 2
    assert read("de").count(GERMAN_MUST_HAVE) == 2
    assert "Paid after the item sold out." not in read("de")
    assert GERMAN_MUST_HAVE in read("de", "/admin/orders/orderreview/")


# --- The source: what each template needs is what each writer gives


def list_source():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def source():
    return list(list_source())


def read_words(call):
    """Return the words of a `SentenceTemplate(…)` call."""
    return "".join(
        node.value for node in ast.walk(call.args[1]) if isinstance(node, ast.Constant) and node.value
    )


def find_templates(source):
    """Return each template by its name, with its code and words."""
    found = {}
    for _path, tree in source:
        for node in ast.walk(tree):
            call = node.value if isinstance(node, ast.Assign) else None
            if isinstance(call, ast.Call) and called_name(call) == "SentenceTemplate":
                (name,) = node.targets
                found[name.id] = (call.args[0].value, read_words(call))
    return found


def list_calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called_name(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


@pytest.mark.any_database
def test_each_sentence_is_filled_with_what_it_says(source):
    templates = find_templates(source)
    filled = set()
    for path, tree in source:
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and called_name(node) == "fill"):
                continue
            template = getattr(node.func.value, "attr", getattr(node.func.value, "id", ""))
            if template not in templates or any(keyword.arg is None for keyword in node.keywords):
                continue
            names = {keyword.arg for keyword in node.keywords}
            assert names == set(PLACEHOLDER.findall(templates[template][1])), f"{path}:{node.lineno}"
            filled.add(template)
    assert len(filled) > 60


@pytest.mark.any_database
def test_each_sentence_has_words_that_can_be_translated(source):
    for code, words in find_templates(source).values():
        has_words = bool(PLACEHOLDER.sub("", words).strip(" :.,"))
        assert has_words != (code in WITHOUT_WORDS), f"{code}: {words}"


@pytest.mark.any_database
def test_no_writer_words_what_it_stores(source):
    calls = [
        (f"{path}:{node.lineno}", keyword.value)
        for path, tree in source
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg and keyword.arg == WRITERS.get(called_name(node))
    ]

    worded = [place for place, value in calls if isinstance(value, ast.JoinedStr | ast.Constant | ast.BinOp)]

    assert worded == []
    # Django's own would store words.
    assert [path for path, tree in source if "log_change" in set(map(called_name, list_calls(tree)))] == []
    assert len(calls) > 20


def is_worded(value):
    """Return True for a translated text, in whole or in part, and for the message of an exception."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and called_name(node) in WORDING_CALLS:
            return True
        if isinstance(node, ast.Attribute) and node.attr == "message" and not is_sentence(node):
            return True
    return False


def is_sentence(node):
    """Return True for the message of a failed call to NEXT, which is a Sentence."""
    return getattr(node.value, "id", "") in {"error", "failure"}


def list_text_columns():
    return {
        field.name
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
    }


def list_written_texts(tree, columns, model_names):
    """Yield the line and value of each text that is written to a column, or set on what has its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called_name(node) in ROW_WRITERS | model_names:
            yield from ((node.lineno, each.value) for each in node.keywords if each.arg in columns)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            target = node.targets[0]
            if target.attr in columns and getattr(target.value, "id", "self") not in {"self", "field"}:
                yield node.lineno, node.value


@pytest.mark.any_database
def test_no_text_column_stores_words_of_ours(source):
    columns, model_names = list_text_columns(), {model.__name__ for model in apps.get_models()}

    worded = [
        f"{path}:{line}"
        for path, tree in source
        for line, value in list_written_texts(tree, columns, model_names)
        if is_worded(value)
    ]

    assert worded == []
    assert "error" not in columns
    assert {"last_error", "name"} < columns
