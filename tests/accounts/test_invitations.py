"""Invitations by email: a link that works once, for a role that the inviter may give."""

import datetime
import re
import smtplib
import time
from unittest import mock

import pytest
from anymail.exceptions import AnymailRecipientsRefused
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from accounts.invitations import (
    InvitationClosed,
    accept_invitation,
    find_invitation,
    make_invitation_token,
    renew_invitation,
)
from accounts.models import Invitation, User
from accounts.roles import CATALOG_STAFF, ORDER_STAFF, OWNER, SUPPORT, create_staff_roles
from accounts.staff_log import describe_log_entry

pytestmark = pytest.mark.django_db

ADD = reverse("admin:accounts_invitation_add")
PASSWORD = "a long sentence for lee"
NEW_USER = {"username": "lee", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.REQUESTS_PER_MINUTE = dict.fromkeys(settings.REQUESTS_PER_MINUTE, 0)


@pytest.fixture
def roles():
    return {group.name: group for group in create_staff_roles()}


@pytest.fixture
def invitation(roles, admin_user):
    return Invitation.objects.create(email="lee@example.com", role=roles[SUPPORT], invited_by=admin_user)


def link_of(invitation):
    return reverse("admin:invitation", args=[make_invitation_token(invitation)])


def make_staff(name, *codenames, groups=()):
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    user.groups.set(groups)
    return user


def test_invited_person_chooses_a_password_and_signs_in(
    admin_client, client, roles, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(ADD, {"email": "lee@example.com", "role": roles[SUPPORT].pk})

    (email,) = mailoutbox
    assert email.to == ["lee@example.com"]
    assert "admin invited you to help run the store, as Support." in email.body
    path = re.search(r"http://testserver(/\S+)", email.body)[1]
    assert "You were invited as Support" in client.get(path).text
    assert client.post(path, NEW_USER)["Location"] == reverse("admin:login")

    user = User.objects.get(username="lee")
    assert (user.email, user.is_staff, user.is_superuser) == ("lee@example.com", True, False)
    assert [group.name for group in user.groups.all()] == [SUPPORT]
    assert client.post(reverse("admin:login"), {"username": "lee", "password": PASSWORD}).status_code == 302


def test_link_works_once(client, invitation):
    client.post(link_of(invitation), NEW_USER)

    response = client.post(link_of(Invitation.objects.get()), NEW_USER | {"username": "lee2"})

    assert response.status_code == 410
    assert not User.objects.filter(username="lee2").exists()


@pytest.mark.parametrize(
    "change", ["old", "renewed", "deleted", "inviter left", "inviter lost the role", "forged"]
)
def test_link_ends(client, invitation, admin_user, change):
    address = link_of(invitation)
    if change == "old":
        signed = make_old_token(invitation)
        address = reverse("admin:invitation", args=[signed])
    elif change == "renewed":
        renew_invitation(invitation=invitation)
    elif change == "deleted":
        invitation.delete()
    elif change == "inviter left":
        User.objects.filter(pk=admin_user.pk).update(is_active=False)
    elif change == "inviter lost the role":
        User.objects.filter(pk=admin_user.pk).update(is_superuser=False)
    else:
        address = address[:-2] + "x/"

    response = client.post(address, NEW_USER)

    assert response.status_code == 410
    assert "Ask the person who invited you for a new one" in response.text
    assert not User.objects.filter(username="lee").exists()


def make_old_token(invitation):
    with mock.patch.object(time, "time", return_value=time.time() - 3 * 24 * 3600 - 5):
        return make_invitation_token(invitation)


def test_two_answers_at_once_make_one_user(invitation):
    found = find_invitation(make_invitation_token(invitation))
    accept_invitation(invitation=found, username="lee", password=PASSWORD)

    with pytest.raises(InvitationClosed):
        accept_invitation(invitation=found, username="lee2", password=PASSWORD)
    assert not User.objects.filter(username="lee2").exists()


def test_weak_password_and_taken_name_are_refused(client, invitation):
    make_staff("lee")

    page = client.post(link_of(invitation), {"username": "lee", "password1": "1234", "password2": "1234"})

    assert page.status_code == 200
    assert "already exists" in page.text
    assert "too short" in page.text


def test_inviter_gives_no_role_with_more_than_they_have(client, roles):
    inviter = make_staff("kim", "add_invitation", "view_invitation", groups=[roles[ORDER_STAFF]])
    client.force_login(inviter, backend="django.contrib.auth.backends.ModelBackend")

    offered = set(client.get(ADD).context["adminform"].form.fields["role"].queryset)
    for role in (OWNER, CATALOG_STAFF):
        client.post(ADD, {"email": "lee@example.com", "role": roles[role].pk})

    assert offered == {roles[ORDER_STAFF], roles[SUPPORT]}
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected, AnymailRecipientsRefused])
def test_email_that_cannot_be_sent_leaves_an_invitation_to_send_again(
    error, admin_client, roles, monkeypatch, mailoutbox, django_capture_on_commit_callbacks
):
    def fail(*_args, **_kwargs):
        raise error

    with monkeypatch.context() as broken, django_capture_on_commit_callbacks(execute=True):
        broken.setattr("accounts.invitations.EmailMessage.send", fail)
        page = admin_client.post(ADD, {"email": "lee@example.com", "role": roles[SUPPORT].pk}, follow=False)
    assert page.status_code == 302
    invitation = Invitation.objects.get()
    old = link_of(invitation)

    admin_client.post(
        reverse("admin:accounts_invitation_changelist"),
        {"action": "send_again", "_selected_action": [invitation.pk]},
    )

    assert len(mailoutbox) == 1
    assert old not in mailoutbox[0].body
    assert "Sent again." in map(describe_log_entry, LogEntry.objects.all())


def test_expired_invitation_says_so(admin_client, invitation):
    Invitation.objects.update(sent_at=timezone.now() - datetime.timedelta(days=4))

    assert "expired" in admin_client.get(reverse("admin:accounts_invitation_changelist")).text


# --- Users and roles


def test_staff_who_manage_users_cannot_make_themselves_more(client, roles):
    manager = make_staff("kim", "view_user", "change_user", "add_user", "view_group", "change_group")
    boss = User.objects.create_superuser("root", password=PASSWORD)
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:accounts_user_change", args=[manager.pk])

    fields = client.get(page).context["adminform"].form.fields
    assert "is_superuser" not in fields
    assert set(fields["groups"].queryset) == set()
    client.post(page, {"username": "kim", "is_superuser": "on", "groups": [roles[OWNER].pk]})
    manager.refresh_from_db()
    assert not manager.is_superuser
    assert not manager.groups.exists()

    for name in ("accounts_user_change", "accounts_user_delete", "auth_user_password_change"):
        assert client.post(reverse(f"admin:{name}", args=[boss.pk]), {}).status_code == 403, name
    role = reverse("admin:auth_group_change", args=[roles[OWNER].pk])
    assert client.post(role, {"name": "Owner"}).status_code == 403


def test_user_who_cannot_sign_in_at_the_moment_still_counts_as_powerful(client):
    manager = make_staff("kim", "view_user", "change_user")
    User.objects.create_superuser("root", is_active=False)
    powerful = make_staff("lee", "refund_order")
    User.objects.filter(pk=powerful.pk).update(is_active=False)
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")

    page = reverse("admin:auth_user_password_change", args=[powerful.pk])

    assert client.post(page, {}).status_code == 403


def test_form_shows_what_each_role_may_do(admin_client, roles):
    page = admin_client.get(ADD)

    names = [role.name for role in page.context["roles"]]
    may = {str(row.act): dict(zip(names, row.allowed, strict=True)) for row in page.context["role_rows"]}
    assert sorted(names) == [CATALOG_STAFF, ORDER_STAFF, OWNER, SUPPORT]
    assert may["Refund orders"] == {CATALOG_STAFF: False, ORDER_STAFF: True, OWNER: True, SUPPORT: False}
    assert may["Change products and payment links"][CATALOG_STAFF]
    assert all(row[OWNER] for row in may.values())


def test_form_shows_only_roles_that_the_inviter_may_give(client, roles):
    client.force_login(
        make_staff("kim", "add_invitation", groups=[roles[SUPPORT]]),
        backend="django.contrib.auth.backends.ModelBackend",
    )

    page = client.get(ADD)

    assert [role.name for role in page.context["roles"]] == [SUPPORT]
    assert "Refund orders" not in page.text


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Lee", "Lee", ""),
        (" Lee Chang ", "Lee", "Chang"),
        ("Maria de la Cruz", "Maria", "de la Cruz"),
        ("", "", ""),
    ],
)
def test_invited_person_has_the_name_that_was_entered(invitation, name, first, last):
    invitation.name = name

    user = accept_invitation(invitation=invitation, username="lee", password=PASSWORD)

    assert (user.first_name, user.last_name) == (first, last)
