"""Admin forms that show a Problem raised by a service during the save, with the input intact."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from stores.admin_changelists import StoreListAdmin
from stores.errors import Problem


class ProblemModelForm(forms.ModelForm):
    """A model form that shows the Problem of the save before."""

    # Set by ProblemModelAdmin after a save that raised a Problem.
    problem: Problem | None = None

    def full_clean(self) -> None:
        super().full_clean()
        if self.problem is not None:
            self.add_error(None, self.problem.message)


class ProblemModelAdmin(StoreListAdmin):
    """An admin for a ProblemModelForm. A Problem during a save rolls it back and shows on the form."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Problem as problem:
            # The save was rolled back. Show the same form again, with the problem.
            request.problem = problem  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        form.problem = getattr(request, "problem", None)  # type: ignore[attr-defined]
        return form
