"""A column for a list of codes."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    ListField = models.Field[list[str], list[str]]
else:
    ListField = models.Field


class CodeListField(ListField):
    """A list of codes, stored as text: `US,DE`. Subclasses say how to read one, and which codes there are."""

    @staticmethod
    def parse(text: str) -> list[str]:
        return text.split(",") if text else []

    def validate_code(self, code: str) -> None:
        """Raise ValidationError unless there is such a code."""
        raise NotImplementedError

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> list[str] | None:
        return None if value is None else self.parse(value)

    def to_python(self, value: Any) -> Any:
        return self.parse(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else ",".join(value)

    def value_to_string(self, obj: models.Model) -> str:
        return ",".join(self.value_from_object(obj))

    def run_validators(self, value: Any) -> None:
        for code in value:
            self.validate_code(code)
