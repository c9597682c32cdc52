"""Staff enter a picture's URL instead of choosing a file; it is downloaded once and stored."""

import io

import pytest
from django.urls import reverse
from PIL import Image

from catalog.admin import product_inline_forms
from stores.errors import Problem
from tests.factories import make_product

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def lamp(store):
    return make_product(store, name="Desk lamp")


@pytest.fixture
def page(lamp):
    return reverse("admin:catalog_product_change", args=[lamp.pk])


def test_picture_is_downloaded_and_stored(staff, lamp, page, monkeypatch):
    content = io.BytesIO()
    Image.new("RGB", (40, 50), "teal").save(content, "PNG")
    monkeypatch.setattr(
        product_inline_forms, "download_image", lambda address: io.BytesIO(content.getvalue())
    )
    changes = {"media-0-address": "https://cdn.example/lamp.png", "media-0-alt_text": "A lamp"}
    staff.save(page, **changes)
    picture = lamp.media.get()
    assert (picture.alt_text, picture.width, picture.height) == ("A lamp", 40, 50)
    lamp.refresh_from_db()
    assert lamp.media_order == [picture.pk]


def test_download_error_shows_next_to_the_url(staff, lamp, page, monkeypatch):
    def fail(address):
        raise Problem("This URL has no picture.")

    monkeypatch.setattr(product_inline_forms, "download_image", fail)
    response = staff.save(page, **{"media-0-address": "https://cdn.example/lamp.png"})
    text = response.content.decode()
    assert "This URL has no picture." in text
    assert "https://cdn.example/lamp.png" in text
    assert lamp.media.count() == 0


def test_download_must_be_a_picture(staff, lamp, page, monkeypatch):
    monkeypatch.setattr(product_inline_forms, "download_image", lambda address: io.BytesIO(b"<html>"))
    response = staff.save(page, **{"media-0-address": "https://cdn.example/lamp"})
    assert "Upload a JPEG, PNG, WebP, AVIF, or HEIC file." in response.content.decode()
    assert lamp.media.count() == 0
