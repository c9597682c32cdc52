"""The page that imports products, and the differences on a product's page."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from accounts.staff_log import describe_log_entry
from catalog.import_sentences import UNREADABLE, VARIANT_WITHOUT_PRICE
from catalog.models import (
    NextPicture,
    NextProductRefresh,
    Product,
    ProductDifference,
    ProductSync,
    ProductSyncNote,
)
from catalog.product_sync import request_product_sync
from nextcommerce.sentences import NO_RESPONSE, TIMEOUT
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp():
    return make_product(make_store(), name="Desk lamp", next_product_id=7)


@pytest.fixture
def page(lamp):
    return reverse("admin:catalog_product_store_import", args=[lamp.store.pk])


def sign_in(client, *permissions):
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)


def test_button_starts_the_import_once(admin_client, page, lamp):
    for _click in range(2):
        admin_client.post(page, {"action": "start"})

    sync = ProductSync.objects.get()
    assert (sync.store, sync.finished_at, sync.requested_by.username) == (lamp.store, None, "admin")
    assert sync.due_at <= timezone.now()
    assert "Import started." in describe_log_entry(LogEntry.objects.first())


def test_progress_is_shown_and_the_page_reloads_without_javascript(admin_client, page, lamp):
    sync = request_product_sync(store=lamp.store)
    ProductSync.objects.filter(pk=sync.pk).update(listed=120, added=118)
    NextProductRefresh.objects.create(store=lamp.store, next_product_id=7, requested_at=timezone.now())
    NextPicture.objects.create(product=lamp, key="a", url="a", due_at=timezone.now())
    NextPicture.objects.create(product=lamp, key="b", url="b", downloaded_at=timezone.now())

    html = admin_client.get(page).text

    for text in ("Importing…", "120 read so far", "0 of 1", "1 of 2", "118 added"):
        assert text in html
    assert '<noscript><meta http-equiv="refresh"' in html


def test_finished_import_offers_another_one(admin_client, page, lamp):
    request_product_sync(store=lamp.store)
    ProductSync.objects.update(finished_at=timezone.now(), due_at=None)

    html = admin_client.get(page).text

    assert "Import finished" in html
    assert "Import again" in html
    assert "http-equiv" not in html


def test_staff_show_products_whose_pictures_failed(admin_client, page, lamp):
    request_product_sync(store=lamp.store)
    Product.objects.update(active=False, awaits_pictures=True)
    NextPicture.objects.create(product=lamp, key="a", url="a", error=UNREADABLE.fill())
    assert "Hidden without their pictures" in admin_client.get(page).text

    admin_client.post(page, {"action": "show"})

    assert Product.objects.get().active


def test_failed_pictures_can_be_downloaded_again(admin_client, page, lamp):
    NextPicture.objects.create(product=lamp, key="a", url="a", error=UNREADABLE.fill(), failures=6)

    admin_client.post(page, {"action": "retry"})

    picture = NextPicture.objects.get()
    assert (picture.failures, str(picture.error), picture.due_at <= timezone.now()) == (0, "", True)


def test_viewers_see_the_import_and_cannot_start_it(client, page):
    sign_in(client, "view_product")

    assert "Import products</button>" not in client.get(page).text
    assert client.post(page, {"action": "start"}).status_code == 403
    assert not ProductSync.objects.exists()


def test_import_leads_to_the_only_store(admin_client, page):
    assert admin_client.get(reverse("admin:catalog_product_next_import")).url == page


@pytest.fixture
def difference(lamp):
    return ProductDifference.objects.create(product=lamp, field="name", next_value="Reading lamp")


def press(client, lamp, difference, decision, digest=None):
    if digest is None:
        digest = (
            client.get(reverse("admin:catalog_product_change", args=[lamp.pk]))
            .context["differences"][0]
            .digest
        )
    address = reverse("admin:catalog_product_difference", args=[lamp.pk])
    data = {"difference": difference.pk, "digest": digest, "decision": decision}
    return client.post(address, data, follow=True)


@pytest.mark.parametrize(
    ("decision", "name", "said"),
    [("keep", "Desk lamp", "Name: kept ours."), ("take", "Reading lamp", "Name: took NEXT Commerce")],
)
def test_staff_choose_a_side_with_one_button(admin_client, lamp, difference, decision, name, said):
    response = press(admin_client, lamp, difference, decision)

    assert said in response.text
    assert Product.objects.get().name == name
    assert not ProductDifference.objects.exists()
    assert said in describe_log_entry(LogEntry.objects.first())


def test_late_choice_changes_nothing(admin_client, lamp, difference):
    response = press(admin_client, lamp, difference, "take", digest="old")

    assert "changed this again" in response.text
    assert Product.objects.get().name == "Desk lamp"


def test_viewers_see_both_sides_and_cannot_choose(client, lamp, difference):
    sign_in(client, "view_product")

    html = client.get(reverse("admin:catalog_product_change", args=[lamp.pk])).text

    assert "Reading lamp" in html
    assert "Take NEXT" not in html
    address = reverse("admin:catalog_product_difference", args=[lamp.pk])
    assert client.post(address, {"difference": difference.pk, "decision": "take"}).status_code == 403


@pytest.mark.parametrize(("problem", "found"), [("differs", 1), ("waiting", 0)])
def test_list_finds_products_that_differ(admin_client, lamp, difference, problem, found):
    page = admin_client.get(reverse("admin:catalog_product_changelist"), {"problem": problem})
    assert page.context["cl"].result_count == found


def test_staff_who_put_a_waiting_product_on_sale_have_decided(admin_client, lamp):
    Product.objects.update(active=False, awaits_pictures=True)

    admin_client.post(
        reverse("admin:catalog_product_changelist"),
        {"action": "put_on_sale", "_selected_action": [lamp.pk]},
    )

    lamp.refresh_from_db()
    assert (lamp.active, lamp.awaits_pictures) == (True, False)
    assert lamp.updated_at > timezone.now() - datetime.timedelta(minutes=1)


def test_notes_and_failures_are_read_in_the_readers_language(admin_client, page, lamp):
    sync = request_product_sync(store=lamp.store)
    reason = VARIANT_WITHOUT_PRICE.fill(variant="LAMP-1", currency="USD")
    ProductSyncNote.objects.create(sync=sync, name="Desk lamp", reason=reason)
    ProductSync.objects.update(error=NO_RESPONSE.fill(reason=TIMEOUT))

    english = admin_client.get(page).text
    with override("de"):  # and not the rest of the thread
        german = admin_client.get(page, headers={"accept-language": "de"}).text

    assert "LAMP-1 has no price in USD" in english
    assert "NEXT Commerce did not respond (timeout)." in english
    assert "LAMP-1 hat keinen Preis in USD" in german
