"""Log lines of what staff did, in Django's own admin log."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model


def log_staff_act(
    *, actor: Any, text: str, row: Model | None = None, model: type[Model] | None = None
) -> None:
    """Log what staff did to a row, or to rows of a model."""
    subject = row if row is not None else model
    assert subject is not None
    LogEntry.objects.create(
        user_id=actor.pk,
        content_type=ContentType.objects.get_for_model(subject),
        object_id=None if row is None else row.pk,
        object_repr=str(row if row is not None else subject._meta.verbose_name_plural)[:200],
        action_flag=CHANGE,
        change_message=text,
    )
