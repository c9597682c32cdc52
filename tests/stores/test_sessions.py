"""Sessions: what is stored opens nothing."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def make_staff():
    return User.objects.create_superuser("ada", "ada@example.com", "a long passphrase")


def test_session_key_from_the_database_opens_nothing():
    browser = Client()
    browser.force_login(make_staff())
    thief = Client()

    thief.cookies["sessionid"] = Session.objects.get().session_key

    assert browser.get("/admin/").status_code == 200
    assert thief.get("/admin/").status_code == 302
    assert browser.cookies["sessionid"].value not in str(list(Session.objects.values()))


def test_session_is_found_changed_and_ended_by_its_cookie():
    browser = Client()
    browser.force_login(make_staff())
    session = browser.session
    session["seen"] = True
    session.save()

    assert browser.session["seen"] is True
    assert browser.session.exists(browser.cookies["sessionid"].value)
    browser.post("/admin/logout/")
    assert Session.objects.count() == 0


def test_cookie_that_was_never_issued_starts_no_session():
    browser = Client()
    browser.cookies["sessionid"] = "a" * 32

    assert "seen" not in browser.session
    assert Session.objects.count() == 0


def test_new_key_leaves_no_session_under_the_old_one():
    browser = Client()
    browser.force_login(make_staff())
    session = browser.session
    before = session.session_key

    session.cycle_key()

    assert session.session_key != before
    assert not session.exists(before)
    assert Session.objects.count() == 1
