"""Every kind of notification has an email, registered by its app."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from orders.email_kinds import EmailContent, find_email_kind, register_email_kind
from orders.models import Notification


def test_every_kind_of_notification_has_an_email():
    for kind in Notification.Kind:
        assert callable(find_email_kind(kind).build)


def test_kind_cannot_be_registered_twice():
    with pytest.raises(ImproperlyConfigured, match="shipped is registered twice"):
        register_email_kind("shipped", lambda notification: EmailContent(subject="", template=""))
