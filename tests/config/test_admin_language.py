"""Django's own words in the admin: in the reader's language, or left out."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission
from django.utils.translation import override

from config import admin_site
from config.admin_site import SCRIPT_TEXTS

pytestmark = pytest.mark.page


def test_lists_of_choices_use_our_words_where_django_has_none(admin_client, monkeypatch):
    german = {"Choose all %s": "Jedes %s"}
    monkeypatch.setattr(admin_site, "gettext", lambda text: german.get(text, text))

    with override("de"):  # and not the rest of the thread
        script = admin_client.get("/admin/jsi18n/", headers={"accept-language": "de"}).text

    assert '"Choose all %s": "Jedes %s"' in script
    assert '"Choose selected %s"' not in script


def test_each_of_these_texts_is_exactly_djangos():
    path = Path(django_admin.__file__).parent / "locale/en/LC_MESSAGES/djangojs.po"
    with path.open("rb") as file:
        theirs = {message.id for message in read_po(file)}

    assert set(SCRIPT_TEXTS) - theirs == set()


@pytest.mark.parametrize("language", ["en", "de"])
def test_deletion_lists_what_has_a_name(admin_client, language):
    role = Group.objects.create(name="Packers")
    role.permissions.set(Permission.objects.all()[:2])
    headers = {"accept-language": language}

    listed = {"action": "delete_selected", "_selected_action": [role.pk]}
    with override(language):
        page = admin_client.get(f"/admin/auth/group/{role.pk}/delete/", headers=headers).text
        selected = admin_client.post("/admin/auth/group/", listed, headers=headers).text

    for text in (page, selected):
        assert "Packers" in text
        assert "relationship" not in text
        assert "Group_permissions" not in text
