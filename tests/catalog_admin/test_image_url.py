"""Staff enter a picture's URL instead of choosing a file; it is downloaded once and stored."""

import io

import pytest
from PIL import Image

from catalog.admin import product_pictures
from stores.errors import Problem
from tests.catalog_admin.product_pages import add_pictures
from tests.factories import make_product

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def lamp(store):
    return make_product(store, name="Desk lamp")


def test_picture_is_downloaded_and_stored(staff, lamp, monkeypatch):
    content = io.BytesIO()
    Image.new("RGB", (40, 50), "teal").save(content, "PNG")
    monkeypatch.setattr(product_pictures, "download_image", lambda address: io.BytesIO(content.getvalue()))
    response = add_pictures(staff, lamp, address="https://cdn.example/lamp.png")
    picture = lamp.media.get()
    assert (picture.width, picture.height) == (40, 50)
    assert staff.messages(response) == ["1 picture added."]


def test_download_error_names_the_url(staff, lamp, monkeypatch):
    def fail(address):
        raise Problem("This URL has no picture.")

    monkeypatch.setattr(product_pictures, "download_image", fail)
    response = add_pictures(staff, lamp, address="https://cdn.example/lamp.png")
    assert staff.messages(response) == ["https://cdn.example/lamp.png: This URL has no picture."]
    assert lamp.media.count() == 0


def test_download_must_be_a_picture(staff, lamp, monkeypatch):
    monkeypatch.setattr(product_pictures, "download_image", lambda address: io.BytesIO(b"<html>"))
    response = add_pictures(staff, lamp, address="https://cdn.example/lamp")
    assert "Upload a JPEG, PNG, WebP, AVIF, or HEIC file." in response.content.decode()
    assert lamp.media.count() == 0
