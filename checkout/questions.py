"""The questions of a payment link as fields of the checkout form, and their answers for the order."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from catalog.models import LinkQuestion
from orders.answers import Answer
from orders.form_fields import TypedTextField

MAX_ANSWER_LENGTH = 200


def question_field_name(question: LinkQuestion) -> str:
    return f"answer_{question.pk}"


def build_question_field(question: LinkQuestion) -> forms.Field:
    """Return the form field that asks a question."""
    return _FIELD_BUILDERS[LinkQuestion.Kind(question.kind)](
        question, label=question.label, required=question.is_required
    )


def build_answers(questions: Iterable[LinkQuestion], cleaned: dict[str, Any]) -> tuple[Answer, ...]:
    """Return the answers for the order, without those left blank."""
    found = ((question, cleaned.get(question_field_name(question))) for question in questions)
    return tuple(
        {"question": question.label, "kind": question.kind, "answer": _format_answer(value)}
        for question, value in found
        if value not in (None, "")
    )


def _format_answer(value: Any) -> str:
    """Return a cleaned value as the order keeps it: dates as ISO 8601, numbers with a decimal point."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _build_text_field(question: LinkQuestion, **options: Any) -> forms.Field:
    widget = forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"})
    return TypedTextField(max_length=MAX_ANSWER_LENGTH, widget=widget, **options)


def _build_number_field(question: LinkQuestion, **options: Any) -> forms.Field:
    widget = forms.NumberInput(attrs={"autocomplete": "off", "inputmode": "decimal", "step": "any"})
    return forms.DecimalField(max_digits=15, decimal_places=4, widget=widget, **options)


def _build_choice_field(question: LinkQuestion, **options: Any) -> forms.Field:
    choices = [(choice, choice) for choice in question.choices.splitlines()]
    return forms.ChoiceField(choices=[("", _("Please choose")), *choices], **options)


def _build_date_field(question: LinkQuestion, **options: Any) -> forms.Field:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"})
    return forms.DateField(widget=widget, input_formats=["%Y-%m-%d"], **options)


_FIELD_BUILDERS: dict[str, Callable[..., forms.Field]] = {
    LinkQuestion.Kind.TEXT: _build_text_field,
    LinkQuestion.Kind.NUMBER: _build_number_field,
    LinkQuestion.Kind.CHOICE: _build_choice_field,
    LinkQuestion.Kind.DATE: _build_date_field,
}
