"""Staff sign in to the admin with users of our own model."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_user_made_on_the_command_line_signs_in_to_the_admin(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long sentence for kim")

    call_command("createsuperuser", "--noinput", username="kim", email="kim@example.com")

    user = User.objects.get()
    assert get_user_model() is User
    assert (user.username, user.is_staff, user.is_superuser) == ("kim", True, True)
    credentials = {"username": "kim", "password": "a long sentence for kim"}
    assert client.post(reverse("admin:login"), credentials).status_code == 302
    assert client.get(reverse("admin:accounts_user_change", args=[user.pk])).status_code == 200


def test_staff_add_a_user_who_signs_in(admin_client, client):
    password = "a long sentence for lee"
    data = {"username": "lee", "password1": password, "password2": password, "usable_password": "true"}

    admin_client.post(reverse("admin:accounts_user_add"), data)

    assert User.objects.get(username="lee").check_password(password)
