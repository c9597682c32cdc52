"""The column that stores a sentence."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from wording.sentence import Sentence


class SentenceField(models.JSONField):
    """Stores a `Sentence`, and nothing that is already worded."""

    def __init__(self, *args: Any, **options: Any) -> None:
        defaults: dict[str, Any] = {"default": Sentence, "blank": True}
        super().__init__(*args, **defaults | options)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sentence:
        return Sentence.from_json(super().from_db_value(value, expression, connection))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        # An expression, and the text that a search looks for, aren't sentences to store.
        if isinstance(value, Sentence):
            value = value.to_json()
        return super().get_db_prep_value(value, connection, prepared)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str):
            raise TypeError(f"{self.name} stores a Sentence, not the words of one: {value!r}.")
        return super().get_db_prep_save(value, connection)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if not isinstance(value, Sentence):
            raise ValidationError(self.error_messages["invalid"], code="invalid")

    def value_to_string(self, obj: models.Model) -> Any:
        return self.value_from_object(obj).to_json()
