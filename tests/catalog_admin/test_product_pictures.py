"""Staff add many pictures at once, order and describe them, and choose which variants show one first."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.models import Product
from tests.catalog_admin.product_pages import ADD, add_pictures, picture, pictures_of
from tests.factories import make_product

pytestmark = pytest.mark.any_database
REFUSED = "We can't read this picture. Upload a JPEG, PNG, WebP, AVIF, or HEIC file."


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def product(store):
    return make_product(store, options={"Size": ["S", "M"]})


def svg(name="logo.svg"):
    return SimpleUploadedFile(name, b"<svg onload='alert(1)'/>", "image/svg+xml")


def test_one_refused_file_does_not_stop_the_others(staff, product):
    response = add_pictures(staff, product, picture(), svg(), picture("blue"))

    assert product.media.count() == 2
    assert all(media.renditions for media in product.media.all())
    assert staff.messages(response) == ["2 pictures added.", f"logo.svg: {REFUSED}"]


def test_script_gets_an_answer_for_each_file(staff, product):
    url = reverse("admin:catalog_product_add_pictures", args=[product.pk])

    def send(file):
        return staff.client.post(url, {"pictures": [file]}, headers={"accept": "application/json"})

    taken, refused = send(picture()), send(svg())

    assert (taken.status_code, taken.json()) == (200, {"problems": []})
    assert (refused.status_code, refused.json()) == (422, {"problems": [f"logo.svg: {REFUSED}"]})


def test_pictures_are_described_ordered_by_number_and_deleted(staff, product):
    add_pictures(staff, product, picture(), picture("blue"), picture("green"))
    page = {f"pictures-{place}-alt_text": text for place, text in enumerate(("Front", "Side", "Back"))}
    staff.save(pictures_of(product), **page)

    staff.save(pictures_of(product), **{"pictures-2-place": "1"})
    assert [media.alt_text for media in product.media.all()] == ["Back", "Front", "Side"]
    product.refresh_from_db()
    assert product.media_order == [media.pk for media in product.media.all()]

    staff.save(pictures_of(product), **{"pictures-0-place": "2"})
    assert [media.alt_text for media in product.media.all()] == ["Front", "Back", "Side"]

    staff.save(pictures_of(product), **{"pictures-1-DELETE": "on"})
    assert [media.alt_text for media in product.media.all()] == ["Front", "Side"]


def test_picture_deleted_meanwhile_is_left_out(staff, product):
    add_pictures(staff, product, picture(), picture("blue"))
    opened = staff.fields(pictures_of(product))
    gone, kept = product.media.all()
    gone.delete()

    staff.client.post(pictures_of(product), opened | {"pictures-1-alt_text": "Side"})

    assert [(media.pk, media.alt_text) for media in product.media.all()] == [(kept.pk, "Side")]


def test_variants_that_show_a_picture_first_are_chosen(staff, product):
    add_pictures(staff, product, picture(), picture("blue"))
    small, medium = product.variants.all()
    side = product.media.last()
    url = reverse("admin:catalog_product_picture_variants", args=[product.pk, side.pk])

    staff.save(url, variants=[medium.pk])

    medium.refresh_from_db()
    assert (medium.media_order, medium.version, small.media_order) == ([side.pk], 2, [])
    assert "Shown first for 1 of 2 variants." in staff.open(pictures_of(product)).content.decode()
    staff.save(url, variants=None)
    assert medium.picture_rows.count() == 0


def test_new_product_takes_its_pictures_along(staff, store):
    files = [picture(), svg()]

    response = staff.save(ADD, store=store.pk, name="Mug", slug="mug", new_price="12.00", new_pictures=files)

    assert Product.objects.get(name="Mug").media.count() == 1
    assert f"logo.svg: {REFUSED}" in staff.messages(response)


@pytest.mark.parametrize("permissions", [["view_product", "view_media"], ["view_product", "change_product"]])
def test_pictures_need_their_own_permission(client, django_user_model, product, permissions):

    helper = django_user_model.objects.create_user("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(helper, backend="django.contrib.auth.backends.ModelBackend")

    add = reverse("admin:catalog_product_add_pictures", args=[product.pk])
    assert client.post(add, {"pictures": [picture()]}).status_code == 403
    assert client.post(pictures_of(product), {"pictures-TOTAL_FORMS": 0}).status_code == 403
    assert not product.media.exists()
