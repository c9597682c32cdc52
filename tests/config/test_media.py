"""Uploaded pictures are served from the storage, a folder or a bucket (S41)."""

import io
import socket

import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer
from PIL import Image

from catalog import images, social_card
from config.bucket_storage import BucketUnavailableError, raise_os_errors
from config.service_urls import build_media_storage_settings
from tests.factories import make_product, make_store

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]


@pytest.fixture(scope="module")
def s3_server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


def use_storage(settings, url, media_url="/media/"):
    settings.MEDIA_URL = media_url
    settings.STORAGES = settings.STORAGES | {
        "default": build_media_storage_settings(url, media_url=media_url)
    }


@pytest.fixture(params=["folder", "bucket"])
def storage(request, settings, tmp_path):
    if request.param == "folder":
        settings.MEDIA_ROOT = tmp_path
        use_storage(settings, "")
    else:
        endpoint = request.getfixturevalue("s3_server")
        use_storage(settings, f"s3://key:secret@pictures/shop?region=us-east-1&endpoint={endpoint}")
        default_storage.connection.create_bucket(Bucket="pictures")
    return default_storage


def upload_picture():
    out = io.BytesIO()
    Image.new("RGB", (800, 400), "red").save(out, "JPEG")
    out.seek(0)
    return images.create_media(product=make_product(make_store()), file=out)


def test_uploaded_picture_is_served_with_its_type_and_may_be_cached_for_a_year(storage, client):
    media = upload_picture()

    response = client.get(media.url)
    content = response.getvalue()
    response.close()

    assert media.url == f"/media/pictures/{media.pk}/800.jpg"
    assert Image.open(io.BytesIO(content)).size == (800, 400)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    head = client.head(media.url)
    head.close()
    assert head.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "none.jpg",
        "pictures",
        "pictures/",
        "../secret",
        "%2e%2e/%2e%2e/etc/passwd",
        "a%00b",
        "x" * 300,
        "a//b",
    ],
)
def test_anything_else_is_not_found(storage, client, path):
    default_storage.save("pictures/x/1.jpg", ContentFile(b"x"))

    assert client.get(f"/media/{path}").status_code == 404


def test_only_reading_is_allowed(storage, client):
    assert client.post("/media/pictures/x/1.jpg").status_code == 405


def test_pictures_of_a_cdn_have_its_address(settings, s3_server):
    use_storage(settings, "s3://key:secret@pictures/shop", media_url="https://cdn.example.com/shop/")

    assert default_storage.url("pictures/a b/1.jpg") == "https://cdn.example.com/shop/pictures/a%20b/1.jpg"


@pytest.fixture
def unreachable_bucket(settings, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    use_storage(settings, f"s3://key:secret@pictures?region=us-east-1&endpoint=http://127.0.0.1:{port}")


def test_bucket_that_cannot_be_reached_is_503_and_not_cached(unreachable_bucket, client):
    response = client.get("/media/pictures/x/1.jpg")

    assert (response.status_code, response.headers["Cache-Control"]) == (503, "no-store")


def test_link_preview_does_without_a_picture_that_cannot_be_read(unreachable_bucket):
    media = make_product(make_store()).media.create(
        file="pictures/x/320.jpg", width=320, height=160, content_type="image/jpeg"
    )

    assert social_card._open_photo(media) is None


def test_upload_to_a_bucket_that_cannot_be_reached_fails_and_saves_no_row(unreachable_bucket):
    with pytest.raises(BucketUnavailableError):
        upload_picture()


@pytest.mark.parametrize(("status", "error"), [(404, FileNotFoundError), (403, BucketUnavailableError)])
def test_refused_key_is_not_a_missing_file(status, error):
    answer = {"ResponseMetadata": {"HTTPStatusCode": status}, "Error": {"Code": "x"}}

    with pytest.raises(error), raise_os_errors():
        raise ClientError(answer, "GetObject")
