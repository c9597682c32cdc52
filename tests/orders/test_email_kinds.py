"""Each kind of notification has an email, registered by the app that it is of."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from orders.email_kinds import EmailContent, find_email_kind, register_email_kind
from orders.models import Notification


def test_every_kind_of_notification_has_an_email():
    for kind in Notification.Kind:
        assert callable(find_email_kind(kind).build)


def test_a_kind_is_registered_once():
    with pytest.raises(ImproperlyConfigured, match="shipped is registered twice"):
        register_email_kind("shipped", lambda notification: EmailContent(subject="", template=""))
