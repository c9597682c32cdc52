"""Staff name a picture's address instead of choosing its file; it is fetched once and kept."""

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


def test_the_picture_is_fetched_and_kept(staff, lamp, page, monkeypatch):
    content = io.BytesIO()
    Image.new("RGB", (40, 50), "teal").save(content, "PNG")
    monkeypatch.setattr(
        product_inline_forms, "download_image", lambda address: io.BytesIO(content.getvalue())
    )
    typed = {"media-0-address": "https://cdn.example/lamp.png", "media-0-alt_text": "A lamp"}
    staff.save(page, **typed)
    picture = lamp.media.get()
    assert (picture.alt_text, picture.width, picture.height) == ("A lamp", 40, 50)
    lamp.refresh_from_db()
    assert lamp.media_order == [picture.pk]


def test_why_it_cannot_be_had_is_said_beside_the_address(staff, lamp, page, monkeypatch):
    def refused(address):
        raise Problem("There is no picture to be had from this address.")

    monkeypatch.setattr(product_inline_forms, "download_image", refused)
    response = staff.save(page, **{"media-0-address": "https://cdn.example/lamp.png"})
    text = response.content.decode()
    assert "There is no picture to be had from this address." in text
    assert "https://cdn.example/lamp.png" in text
    assert lamp.media.count() == 0


def test_what_is_at_the_address_must_be_a_picture(staff, lamp, page, monkeypatch):
    monkeypatch.setattr(product_inline_forms, "download_image", lambda address: io.BytesIO(b"<html>"))
    response = staff.save(page, **{"media-0-address": "https://cdn.example/lamp"})
    assert "Upload a JPEG, PNG, or WebP file." in response.content.decode()
    assert lamp.media.count() == 0
