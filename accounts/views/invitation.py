"""The page that an invitation leads to."""

from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.forms import AcceptInvitationForm
from accounts.invitations import InvitationClosed, accept_invitation, find_invitation


@never_cache
def accept_invitation_view(request: HttpRequest, token: str) -> HttpResponse:
    """Let the invited person choose a user name and a password, once."""
    invitation = find_invitation(token)
    context = {**admin.site.each_context(request), "title": _("Join the staff"), "invitation": invitation}
    form = AcceptInvitationForm(request.POST or None)
    if invitation is not None and form.is_valid():
        try:
            accept_invitation(
                invitation=invitation,
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password1"],
            )
        except InvitationClosed:
            context["invitation"] = None
        except IntegrityError:  # somebody took the name since it was checked
            form.add_error("username", _("A user with that user name already exists."))
        else:
            messages.success(request, _("Welcome. Sign in with your new password."))
            return redirect("admin:login")
    context["form"] = form
    status = 200 if context["invitation"] else 410
    response = TemplateResponse(request, "admin/accounts/invitation.html", context, status=status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
