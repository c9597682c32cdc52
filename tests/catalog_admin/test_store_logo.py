"""A store's logo: on its page in the admin, in the shop, in emails, and on documents."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from catalog.store_logo import save_store_logo
from orders.models import Notification
from orders.notifications import build_email
from orders.packing_slips import render_packing_slips
from stores.models import Store
from tests.factories import make_order, make_store

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ADDRESS = {"line1": "12 Main Street", "city": "Springfield", "state": "NY", "country": "US"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def draw(size=(1200, 300), **options):
    out = io.BytesIO()
    Image.new("RGBA", size, (20, 40, 60, 128)).save(out, "PNG", **options)
    return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")


def download(client, address):
    response = client.get(address)
    response.getvalue()  # closes the file
    return response


@pytest.fixture
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return make_store(name="Fern")


@pytest.fixture
def page(store):
    return reverse("admin:stores_store_logo", args=[store.pk])


def test_logo_is_shown_in_the_shop_instead_of_the_name(admin_client, client, store, page):
    assert "<bdi>Fern</bdi>" in client.get("/", headers={"host": store.host}).text

    answer = admin_client.post(page, {"file": draw(), "alt_text": "Fern & Co."}, follow=True)

    assert "Logo saved." in answer.text
    store.refresh_from_db()
    assert (store.logo_width, store.logo_height) == (640, 160)
    header = client.get("/", headers={"host": store.host}).text.partition("</header>")[0]
    assert f'src="{store.logo.url}" alt="Fern &amp; Co."' in header
    assert download(client, store.logo.url)["Content-Type"] == "image/png"
    assert store.logo.url in admin_client.get(reverse("admin:index")).text
    assert store.logo.url in admin_client.get(reverse("admin:stores_store_change", args=[store.pk])).text


def test_new_logo_has_a_new_address_and_the_old_one_stays_for_old_emails(admin_client, client, store, page):
    addresses = []
    for _time in range(2):
        admin_client.post(page, {"file": draw((400, 400))})
        addresses.append(Store.objects.get().logo.url)

    assert len(set(addresses)) == 2
    assert [download(client, address).status_code for address in addresses] == [200, 200]
    assert Store.objects.get().logo_label == "Fern"


def test_removed_logo_leaves_the_name(admin_client, client, store, page):
    admin_client.post(page, {"file": draw()})
    admin_client.post(page, {"alt_text": "Fern the shop"})  # without a file, the picture stays
    assert Store.objects.get().logo_label == "Fern the shop"

    admin_client.post(page, {"remove": "1"})

    assert not Store.objects.get().logo
    assert "<bdi>Fern</bdi>" in client.get("/", headers={"host": store.host}).text


@pytest.mark.parametrize("content", [SVG, b"no picture", b""])
def test_what_is_no_picture_is_refused(admin_client, page, content):
    answer = admin_client.post(page, {"file": SimpleUploadedFile("logo.svg", content, "image/png")})

    assert answer.status_code == 200
    assert 'class="errorlist"' in answer.text
    assert not Store.objects.get().logo


def test_file_has_no_metadata(admin_client, page):
    exif = Image.Exif()
    exif[0x010E] = "made at home"
    admin_client.post(page, {"file": draw(exif=exif)})

    with Store.objects.get().logo.open() as file:
        assert not Image.open(file).getexif()


def test_staff_who_may_not_change_the_store_are_refused(client, django_user_model, page):
    client.force_login(django_user_model.objects.create_user("kim", is_staff=True))

    assert client.get(page).status_code == 403
    assert client.post(page, {"file": draw()}).status_code == 403


def test_documents_and_emails_show_the_logo_and_do_without_its_file(store):
    order = make_order(store, shipping_address=ADDRESS)
    plain = len(render_packing_slips([order]).pdf)
    save_store_logo(store=store, file=draw(), alt_text="")
    notification = Notification(order=order, kind="confirmation")

    (html,) = build_email(notification).alternatives
    assert f'<img src="http://testserver{store.logo.url}" alt="Fern" width="240"' in html.content
    assert len(render_packing_slips([order]).pdf) > plain + 300
    store.logo.storage.delete(store.logo.name)
    assert abs(len(render_packing_slips([order]).pdf) - plain) < 100
