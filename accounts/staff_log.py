"""Log lines of what staff did, in Django's own admin log."""

import json
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from wording.sentence import Sentence


def log_staff_act(
    *,
    actor: Any,
    text: Sentence,
    row: Model | None = None,
    model: type[Model] | None = None,
    is_addition: bool = False,
) -> None:
    """Log what staff did to a row, or to rows of a model."""
    subject = row if row is not None else model
    assert subject is not None
    LogEntry.objects.create(
        user_id=actor.pk,
        content_type=ContentType.objects.get_for_model(subject, for_concrete_model=False),
        object_id=None if row is None else row.pk,
        object_repr=str(row if row is not None else subject._meta.label)[:200],
        action_flag=ADDITION if is_addition else CHANGE,
        change_message=json.dumps(text.to_json()),
    )


def describe_log_entry(entry: LogEntry) -> str:
    """Return what was done, in the reader's language: a sentence of ours, or what Django logged of a form."""
    try:
        stored = json.loads(entry.change_message)
    except ValueError:
        stored = None
    if isinstance(stored, dict):
        return str(Sentence.from_json(stored))
    return entry.get_change_message() or str(entry.get_action_flag_display())


def name_logged_rows(entry: LogEntry) -> str:
    """Return the row that it was done to, or what the rows are called."""
    model = entry.content_type.model_class() if entry.content_type else None
    if entry.object_id is None and model is not None:
        return str(model._meta.verbose_name_plural)
    return entry.object_repr
