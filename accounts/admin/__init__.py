"""Admin pages for staff: users, roles, invitations, and the log of what they did."""

from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt
from django.contrib import admin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.admin.invitations import InvitationAdmin
from accounts.admin.staff_log import StaffLogAdmin
from accounts.admin.users import RoleAdmin, StaffUserAdmin

# People set up their second step themselves. These pages would show, or give them, somebody else's.
admin.site.unregister([StaticDevice, TOTPDevice])


class SignInAttemptAdmin(AccessAttemptAdmin):
    """Failed sign-ins, without the library's own action, which fails. `axes_reset` cleans up."""

    actions = ()


admin.site.unregister(AccessAttempt)
admin.site.register(AccessAttempt, SignInAttemptAdmin)

__all__ = ["InvitationAdmin", "RoleAdmin", "StaffLogAdmin", "StaffUserAdmin"]
