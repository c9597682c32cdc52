"""Catalog files name pictures by their addresses: the background downloads them, and a page tells how far."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from catalog import picture_download, staged_import
from catalog.csv_import import import_catalog_csv
from catalog.models import ImportedPicture, Media, Product
from stores.errors import Problem
from tests.catalog_admin.test_csv_import import export_csv
from tests.factories import make_product

pytestmark = pytest.mark.any_database
FRONT, SIDE = "https://cdn.example/front.png", "https://cdn.example/side.png"


@pytest.fixture(autouse=True)
def web(settings, tmp_path, monkeypatch):
    """The pictures of the web by address, which were requested, and with which rights."""
    settings.MEDIA_ROOT = tmp_path
    settings.NEXT_API_ALLOW_PRIVATE = settings.NEXT_API_ALLOW_HTTP = True
    asked = []

    def download(url, **rights):
        asked.append((url, rights))
        if "missing" in url:
            raise Problem("The server answered with status 404.", field="address")
        content = io.BytesIO()
        Image.new("RGB", (8, 6), "teal").save(content, "PNG")
        content.seek(0)
        return content if "text" not in url else io.BytesIO(b"<html>")

    monkeypatch.setattr(picture_download, "download_image", download)
    return asked


def import_csv(store, *lines, dry_run=False):
    content = "\n".join(lines).encode()
    return import_catalog_csv(store=store, content=content, dry_run=dry_run)


def import_tee(store, urls, **options):
    return import_csv(
        store,
        "slug,name,price,option1_name,option1_value,picture_urls,variant_picture_url",
        f"tee,Tee,20,Size,S,{urls},",
        f"tee,,20,Size,M,,{SIDE}",
        **options,
    )


def test_pictures_are_downloaded_in_order_and_shown_by_their_variant(store, web):
    (result,) = import_tee(store, FRONT)
    assert str(result.changes[-1]) == "pictures: 2 to download"

    assert picture_download.download_due_pictures() == {"downloaded": 2}

    product = Product.objects.get()
    small, medium = product.variants.all()
    front, side = product.media.all()
    assert {row.url: row.media for row in ImportedPicture.objects.all()} == {FRONT: front, SIDE: side}
    assert (small.media_order, medium.media_order) == ([], [side.pk])
    # A merchant's file never reaches this machine's own network, not even beside a sandbox.
    assert web == [(url, {"allow_private": False, "allow_http": False}) for url in (FRONT, SIDE)]


def test_dry_run_asks_for_nothing(store):
    import_tee(store, FRONT, dry_run=True)

    assert not ImportedPicture.objects.exists()


def test_file_imported_again_adds_no_picture_twice(store):
    import_tee(store, FRONT)
    (waiting,) = import_tee(store, FRONT)
    picture_download.download_due_pictures()
    (again,) = import_tee(store, FRONT)

    assert (waiting.kind, again.kind) == ("unchanged", "unchanged")
    assert Media.objects.count() == 2


def test_exported_pictures_are_recognized(store):
    import_tee(store, FRONT)
    picture_download.download_due_pictures()
    ImportedPicture.objects.all().delete()
    text = export_csv(store)
    assert text.count("http://testserver/media/pictures/") == 3  # two of the product, one of a variant

    results = import_catalog_csv(store=store, content=text.encode(), dry_run=False)

    assert [result.kind for result in results] == ["unchanged"]


def test_new_pictures_come_after_those_that_are_there(store):
    product = make_product(store, name="Tee", options={"Size": ["S", "M"]})
    ours = Media.objects.create(product=product, source_url="https://cdn.example/ours.png")

    import_tee(store, FRONT)
    picture_download.download_due_pictures()

    assert product.media.first() == ours
    assert product.media.count() == 3


@pytest.mark.parametrize(
    "url", ["http://cdn.example/a.png", "ftp://a/b", "file:///etc/passwd", "https://", "https://[", "a.png"]
)
def test_address_that_is_none_refuses_the_product(store, url):
    (result,) = import_tee(store, url)

    assert result.kind == "refused"
    assert [(row, str(reason)) for row, reason in result.refused] == [
        (2, f"“{url}” isn't the address of a picture. It must start with https://")
    ]
    assert not Product.objects.exists()


def test_too_many_pictures_are_refused(store):
    (result,) = import_tee(store, " ".join(f"{FRONT}?{number}" for number in range(101)))

    assert [(row, str(reason)) for row, reason in result.refused] == [
        (2, "a product can have at most 100 pictures")
    ]


def test_page_tells_progress_and_what_failed_and_tries_again(staff, store):
    content = f"slug,name,price,Image Src\nmug,Mug,5,{FRONT} https://cdn.example/text\n".encode()
    started = staged_import.start_import(store=store, content=content, file_name="a.csv", actor=None)
    staged_import.run_step(started, seconds=5)
    staged_import.confirm_import(started)
    started.refresh_from_db()
    staged_import.run_step(started, seconds=5)
    staged_import.claim_finish(started)
    page = reverse("admin:catalog_product_import_file", args=[started.pk])

    assert "0 of 2" in staff.open(page).text
    assert picture_download.download_due_pictures() == {"downloaded": 1, "given up": 1}
    text = staff.open(page).text
    assert "1 of 2" in text
    assert "https://cdn.example/text <strong>We can&#x27;t read this picture." in text

    response = staff.client.post(page, {"retry_pictures": "1"}, follow=True)
    assert staff.messages(response) == ["1 picture will be downloaded again."]
    assert ImportedPicture.objects.get(downloaded_at=None).due_at <= timezone.now()


def test_broken_download_is_tried_again_later(store):
    import_tee(store, "https://cdn.example/missing.png")

    assert picture_download.download_due_pictures() == {"downloaded": 1, "to be tried again": 1}
    row = ImportedPicture.objects.get(downloaded_at=None)
    assert (row.failures, str(row.error)) == (1, "The server answered with status 404.")
    assert row.due_at > timezone.now()


def test_picture_that_staff_deleted_comes_back_with_the_next_file(store):
    import_tee(store, FRONT)
    picture_download.download_due_pictures()
    Media.objects.filter(imported_picture__url=FRONT).delete()

    (result,) = import_tee(store, FRONT)

    assert str(result.changes[0]) == "pictures: 1 to download"
    assert picture_download.download_due_pictures() == {"downloaded": 1}
