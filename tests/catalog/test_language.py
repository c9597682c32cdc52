"""The language links: they set a cookie and return to the previous page of this site."""

import pytest

pytestmark = pytest.mark.any_database


def test_language_is_stored_in_a_cookie(client):
    response = client.get("/language/de?next=/cart")
    assert response.status_code == 302
    assert response["Location"] == "/cart"
    assert response.cookies["django_language"].value == "de"
    assert response.cookies["django_language"]["httponly"] is True
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_redirect_never_leaves_the_site(client, target):
    assert client.get("/language/de", {"next": target})["Location"] == "/"


def test_unsupported_language_is_not_found(client, db):
    assert client.get("/language/xx").status_code == 404


def test_next_value_that_is_not_a_path_is_not_an_error(client, db):
    assert client.get("/language/de", {"next": "a b"}).status_code == 302
