"""Texts of Django and axes that our German file words itself, because theirs is missing or poor.

Our file comes before those of the libraries. Each text is exactly the library's.
"""

LIBRARY_TEXTS = (
    # Buttons and pages of the admin.
    "Save and add another",
    "Save and continue editing",
    "Save and view",
    "Save as new",
    "Change selected %(model)s",
    "View selected %(model)s",
    "Delete selected %(model)s",
    "Change history: %s",
    "This object doesn’t have a change history. It probably wasn’t added via this admin site.",
    "%(app)s administration",
    # Deleting.
    "Cannot delete %(name)s",
    "Successfully deleted %(count)d %(items)s.",
    "The %(name)s “%(obj)s” was deleted successfully.",
    'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following related'
    " items will be deleted:",
    "Are you sure you want to delete the selected %(objects_name)s? All of the following objects and their"
    " related items will be deleted:",
    "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting related objects, but your"
    " account doesn't have permission to delete the following types of objects:",
    "Deleting the %(object_name)s '%(escaped_object)s' would require deleting the following protected"
    " related objects:",
    "Deleting the selected %(objects_name)s would result in deleting related objects, but your account"
    " doesn't have permission to delete the following types of objects:",
    "Deleting the selected %(objects_name)s would require deleting the following protected related objects:",
    # Messages after saving.
    "Items must be selected in order to perform actions on them. No items have been changed.",
    "The {name} “{obj}” was added successfully.",
    "The {name} “{obj}” was added successfully. You may add another {name} below.",
    "You may edit it again below.",
    "The {name} “{obj}” was changed successfully.",
    "The {name} “{obj}” was changed successfully. You may edit it again below.",
    "The {name} “{obj}” was changed successfully. You may add another {name} below.",
    "This field is required.",
    # Lists.
    "Any date",
    "No date",
    "Has date",
    "This month",
    # The staff log.
    "log entries",
    "Added “%(object)s”.",
    "action time",
    "content type",
    "object repr",
    "action flag",
    "change message",
    # Users, passwords, and signing in.
    "Please enter the correct %(username)s and password for a staff account. Note that both fields may be"
    " case-sensitive.",
    "You are authenticated as %(username)s, but are not authorized to access this page. Would you like to"
    " login to a different account?",
    "Thanks for spending some quality time with the web site today.",
    "After you’ve created a user, you’ll be able to edit more user options.",
    "Set password: %s",
    "Set password",
    "Reset password",
    "Conflicting form data submitted. Please try again.",
    "This action will <strong>enable</strong> password-based authentication for this user.",
    "Enable password-based authentication",
    "Disable password-based authentication",
    "Enable password-based authentication for this user by setting a password.",
    "Password-based authentication",
    "Password-based authentication was disabled.",
    "Whether the user will be able to authenticate using a password or not. If disabled, they may still be"
    " able to authenticate using other backends, such as Single Sign-On or LDAP.",
    "Enabled",
    "Disabled",
    "Raw passwords are not stored, so there is no way to see the user’s password.",
    "Enter the same password as before, for verification.",
    "Please enter your old password, for security’s sake, and then enter your new password twice so we can"
    " verify you typed it in correctly.",
    "Attempt Remaining",
    "Locked Out",
    "access attempt",
    "access attempts",
    "access failure",
    "access failures",
    "access log",
    "access logs",
    "Failed Logins",
)
