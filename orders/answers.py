"""What shoppers answered to the questions of a payment link, as the order keeps it."""

import datetime
from typing import TypedDict

from django.utils.formats import date_format

from orders.models import Order


class Answer(TypedDict):
    """An answer with the question as it was asked. `kind` is that of `catalog.models.LinkQuestion`."""

    question: str
    kind: str
    answer: str


def list_answers(order: Order) -> list[tuple[str, str]]:
    """Return (question, answer) as people read them, in the order in which they were asked."""
    return [(answer["question"], _format_answer(answer)) for answer in order.answers]


def format_answers(order: Order) -> str:
    """Return all answers in one line, for exports, with dates as ISO 8601."""
    return "; ".join(f"{answer['question']}: {answer['answer']}" for answer in order.answers)


def _format_answer(answer: Answer) -> str:
    if answer["kind"] != "date":
        return answer["answer"]
    return date_format(datetime.date.fromisoformat(answer["answer"]), "DATE_FORMAT")
