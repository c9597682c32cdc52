"""What shoppers answered to the questions of a payment link, as the order keeps it."""

import datetime
from collections.abc import Iterable
from typing import TypedDict

from django.utils.formats import date_format
from django.utils.translation import gettext

from orders.models import Order

# What the shopper noted for the whole order. Nobody asked a question, so it has no text.
NOTE_KIND = "note"


class Answer(TypedDict):
    """An answer with the question as it was asked. `kind` is `catalog.models.LinkQuestion`'s or NOTE_KIND."""

    question: str
    kind: str
    answer: str


def list_answers(order: Order) -> list[tuple[str, str]]:
    """Return (question, answer) as people read them, in the order in which they were asked."""
    return [(_name_question(answer), _format_answer(answer)) for answer in order.answers]


def format_answers(order: Order) -> str:
    """Return all answers in one line, for exports, with dates as ISO 8601."""
    return "; ".join(f"{_name_question(answer)}: {answer['answer']}" for answer in order.answers)


def build_note(text: str) -> tuple[Answer, ...]:
    """Return the shopper's note for the order as an answer, if there is one."""
    return ({"question": "", "kind": NOTE_KIND, "answer": text},) if text else ()


def find_note(answers: Iterable[Answer]) -> str:
    """Return the shopper's note among the answers, or an empty string."""
    return next((answer["answer"] for answer in answers if answer["kind"] == NOTE_KIND), "")


def _name_question(answer: Answer) -> str:
    return gettext("Order note") if answer["kind"] == NOTE_KIND else answer["question"]


def _format_answer(answer: Answer) -> str:
    if answer["kind"] != "date":
        return answer["answer"]
    return date_format(datetime.date.fromisoformat(answer["answer"]), "DATE_FORMAT")
