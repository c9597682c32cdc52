"""Choosing the language: by a plain link, back to where one was, never to another site."""

import pytest

pytestmark = pytest.mark.any_database


def test_the_language_is_kept_in_a_cookie(client):
    response = client.get("/language/de?next=/cart")
    assert response.status_code == 302
    assert response["Location"] == "/cart"
    assert response.cookies["django_language"].value == "de"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "goal", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_it_never_leads_to_another_site(client, goal):
    assert client.get("/language/de", {"next": goal})["Location"] == "/"


def test_a_language_we_do_not_speak_is_not_found(client, db):
    assert client.get("/language/xx").status_code == 404


def test_a_word_is_no_place_to_go_back_to_and_no_error(client, db):
    assert client.get("/language/de", {"next": "a b"}).status_code == 302
