"""Staff create a payment link for a product, then share, change, close, open, and duplicate it."""

import datetime

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone

from catalog.models import PaymentLink
from stores.models import Store
from tests.factories import make_link, make_plan, make_product, make_store, variant_of

ADD = reverse("admin:catalog_paymentlink_add")
LIST = reverse("admin:catalog_paymentlink_changelist")


@pytest.fixture
def shirt(store):
    return make_product(store, name="Shirt", options={"Size": ["S", "M", "L"]})


@pytest.fixture
def box(store):
    return variant_of(make_product(store, name="Gift box", price="6.00"))


def page_of(link):
    return reverse("admin:catalog_paymentlink_change", args=[link.pk])


def edit_page_of(link):
    return reverse("admin:catalog_paymentlink_edit", args=[link.pk])


def test_first_step_is_choosing_a_product(staff, store, shirt):
    make_product(store, name="Kettle")

    page = staff.open(f"{ADD}?q=shi").content.decode()

    assert f'<a href="?product={shirt.pk}">' in page
    assert "3 variants" in page
    assert "Kettle" not in page


def test_link_to_a_free_trial_is_rejected_with_advice(staff, shirt):
    make_plan(shirt, trial_period_days=7)

    page = staff.save(f"{ADD}?product={shirt.pk}", primaries=[shirt.variants.first().pk])

    assert "Set a trial price, or set a verification amount for the store." in page.text
    assert not PaymentLink.objects.exists()


def test_link_is_created_with_variants_add_ons_and_display(staff, shirt, box):
    small, medium, _large = shirt.variants.all()

    response = staff.save(
        f"{ADD}?product={shirt.pk}",
        primaries=[small.pk, medium.pk],
        default=medium.pk,
        display_mode="list",
        show_inventory="on",
        closed_message="See you next year",
        uses_left="30",
        **{
            "addons-0-variant": box.pk,
            "addons-0-min_quantity": "1",
            "addons-0-max_quantity": "3",
            "notes-0-name": "campaign",
            "notes-0-value": "spring",
        },
    )

    link = PaymentLink.objects.get()
    assert staff.messages(response) == ["The link is open. Copy the URL and share it."]
    assert link.get_absolute_url() == f"/link/{link.pk}"
    assert link.variant_config == {"display_mode": "list", "show_inventory": True}
    assert (link.default_variant, link.uses_left, link.closed_message) == (medium, 30, "See you next year")
    assert link.metadata == {"campaign": "spring"}
    rows = [
        (row.variant, row.is_primary, row.min_quantity, row.max_quantity) for row in link.link_variants.all()
    ]
    assert rows == [(small, True, None, None), (medium, True, None, None), (box, False, 1, 3)]


def test_link_page_shows_url_and_qr_code_but_no_edit_form(staff, shirt, box):
    link = make_link(shirt, add_ons=[(box, 1, 3)])

    page = staff.open(page_of(link)).content.decode()

    assert f'value="{link.url}"' in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "required add-on, at least 1, at most 3" in " ".join(page.split())
    assert 'name="_save"' not in page


def test_closing_and_opening_a_link_is_logged(staff, shirt):
    link = make_link(shirt)
    switch = reverse("admin:catalog_paymentlink_switch", args=[link.pk])

    closed = staff.client.post(switch, follow=True)
    link.refresh_from_db()
    assert (link.active, staff.messages(closed)) == (False, ["The link is closed."])

    staff.client.post(switch, {"active": "on"})
    link.refresh_from_db()
    assert link.active
    history = staff.open(reverse("admin:catalog_paymentlink_history", args=[link.pk])).content.decode()
    assert "Closed." in history
    assert "Opened." in history


def test_get_request_does_not_switch_a_link(staff, shirt):
    link = make_link(shirt)

    staff.client.get(reverse("admin:catalog_paymentlink_switch", args=[link.pk]))

    link.refresh_from_db()
    assert link.active


def test_links_can_be_closed_from_the_list(staff, shirt):
    links = [make_link(shirt), make_link(shirt)]

    response = staff.client.post(
        LIST, {"action": "close_links", "_selected_action": [link.pk for link in links]}, follow=True
    )

    assert staff.messages(response) == ["2 links closed."]
    assert not PaymentLink.objects.filter(active=True).exists()


def test_duplicate_starts_with_all_settings_of_the_original(staff, shirt, box):
    medium = variant_of(shirt, "M")
    link = make_link(
        shirt,
        variants=[medium],
        add_ons=[(box, 0, 2)],
        variant_config={"display_mode": "list", "show_inventory": True},
        custom_text_label="Engraving",
        metadata={"campaign": "spring"},
    )

    staff.save(f"{ADD}?product={shirt.pk}&copy_of={link.pk}", custom_text_label="Name")

    copy = PaymentLink.objects.exclude(pk=link.pk).get()
    assert (copy.variant_config, copy.metadata) == (link.variant_config, link.metadata)
    assert (copy.custom_text_label, copy.default_variant) == ("Name", medium)
    assert [row.variant for row in copy.link_variants.all()] == [medium, box]


def test_copy_of_a_named_link_has_its_own_name_and_address(staff, shirt):
    link = make_link(shirt, name="Spring", slug="spring")
    link.tags.create(name="ads")

    staff.save(f"{ADD}?product={shirt.pk}&copy_of={link.pk}")

    copy = PaymentLink.objects.exclude(pk=link.pk).get()
    assert (copy.name, copy.slug) == ("Spring (copy)", None)
    assert [tag.name for tag in copy.tags.all()] == ["ads"]


def test_settings_change_after_a_link_was_made(staff, shirt):
    """Also the end of a link whose code is printed."""
    link = make_link(shirt, expires_at=timezone.now() - datetime.timedelta(days=1), metadata={"a": "b"})

    page = staff.save(
        edit_page_of(link),
        name="Spring fair",
        tags="print, fairs ,Fairs,",
        slug="Spring-Fair",
        expires_at_0="2030-05-01",
        expires_at_1="18:00",
        closed_message="See you next year",
        uses_left="30",
    )

    link.refresh_from_db()
    assert staff.messages(page) == ["Saved. The link is open."]
    assert (link.name, link.slug, link.closed_message) == ("Spring fair", "spring-fair", "See you next year")
    assert (link.uses_left, link.metadata) == (30, {"a": "b"})
    assert [tag.name for tag in link.tags.all()] == ["fairs", "print"]
    assert staff.client.get("/link/spring-fair").status_code == 200
    assert staff.client.get(f"/link/{link.pk}").status_code == 200
    history = staff.open(reverse("admin:catalog_paymentlink_history", args=[link.pk])).content.decode()
    assert "Changed Name, Tags" in history


def test_purchases_made_while_the_form_is_open_stay_counted(staff, shirt):
    link = make_link(shirt, uses_left=10)
    form = staff.fields(edit_page_of(link))

    PaymentLink.objects.update(uses_left=7)
    staff.client.post(edit_page_of(link), form | {"name": "Fair"})

    link.refresh_from_db()
    assert (link.name, link.uses_left) == ("Fair", 7)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"slug": "taken"}, "Another link of this store has this address."),
        ({"slug": "with_underscore"}, "A short address has only lowercase letters, digits, and hyphens"),
        ({"slug": "plink_0123"}, "A short address has only lowercase letters, digits, and hyphens"),
        ({"returns_at_once": "on", "return_url": "http://a.example"}, "starts with https://."),
        ({"returns_at_once": "on"}, "Enter an address that starts with https://."),
        ({"return_url": "javascript:alert(1)"}, "Enter a valid URL."),
    ],
)
def test_invalid_settings_are_rejected_with_input_intact(staff, shirt, typed, message):
    make_link(shirt, slug="taken")
    link = make_link(shirt)

    page = staff.save(edit_page_of(link), **typed, closed_message="Kept as typed").content.decode()

    link.refresh_from_db()
    assert message in page
    assert "Kept as typed" in page
    assert (link.slug, link.return_url) == (None, "")


def test_short_address_may_be_taken_in_another_store(staff, shirt):
    elsewhere = make_store(host="elsewhere.example")
    make_link(make_product(elsewhere), slug="summer")
    link = make_link(shirt)

    staff.save(edit_page_of(link), slug="summer")

    link.refresh_from_db()
    assert link.slug == "summer"


def test_preview_shows_a_link_that_is_not_open_yet_in_a_frame_of_the_admin(staff, shirt):
    link = make_link(shirt, opens_at=timezone.now() + datetime.timedelta(days=1))

    shown = staff.open(reverse("admin:catalog_paymentlink_preview", args=[link.pk]))

    assert "Shirt" in shown.content.decode()
    assert "data-visit" not in shown.content.decode()
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert "form-action 'none'" in shown["Content-Security-Policy"]
    public = staff.client.get(link.get_absolute_url())
    assert (public.status_code, public["X-Frame-Options"]) == (410, "DENY")
    assert "frame-ancestors 'none'" in public["Content-Security-Policy"]


def test_code_to_print_keeps_its_address_and_has_the_name_under_it(staff, shirt):
    link = make_link(shirt, name="Fair & <square>", slug="fair")

    svg = staff.open(reverse("admin:catalog_paymentlink_qr_svg", args=[link.pk]))
    png = staff.open(reverse("admin:catalog_paymentlink_qr_png", args=[link.pk]))
    drawing, picture = b"".join(svg).decode(), b"".join(png)

    assert svg["Content-Disposition"] == 'attachment; filename="fair-square.svg"'
    assert f"/link/{link.pk}" in drawing
    assert "Fair &amp; &lt;square&gt;" in drawing
    assert picture.startswith(b"\x89PNG")


def test_new_link_that_opens_later_is_not_called_open(staff, shirt):
    response = staff.save(f"{ADD}?product={shirt.pk}", opens_at_0="2040-02-01", opens_at_1="10:00")

    assert staff.messages(response) == ["The link opens Feb. 1, 2040, 10 a.m. UTC."]
    assert "The link is open" not in response.content.decode()


def test_opening_an_expired_link_says_that_it_expired(staff, shirt):
    link = make_link(shirt, active=False, expires_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))

    response = staff.client.post(
        reverse("admin:catalog_paymentlink_switch", args=[link.pk]), {"active": "on"}, follow=True
    )

    assert staff.messages(response) == [
        "The link expired Jan. 1, 2026, midnight UTC. Set a later time to sell again."
    ]


def test_only_closed_links_can_be_deleted(staff, shirt):
    link = make_link(shirt)
    delete = reverse("admin:catalog_paymentlink_delete", args=[link.pk])
    assert staff.client.post(delete, {"post": "yes"}).status_code == 403

    PaymentLink.objects.update(active=False)
    staff.client.post(delete, {"post": "yes"})
    assert not PaymentLink.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"primaries": None}, "This field is required."),
        ({"default": "elsewhere"}, "Select a valid choice."),
        ({"addons-0-variant": "itself"}, "Choose each variant only once"),
        (
            {"addons-0-min_quantity": "3", "addons-0-max_quantity": "2"},
            "The maximum must be at least the minimum.",
        ),
        ({"expires_at_0": "2026-01-01", "expires_at_1": "10:00"}, "The link must expire after it opens."),
    ],
)
def test_invalid_link_is_rejected_with_input_intact(staff, shirt, box, changes, message):
    changes = {
        "addons-0-variant": box.pk,
        "opens_at_0": "2026-02-01",
        "opens_at_1": "10:00",
        "closed_message": "Kept as typed",
        **changes,
    }
    if changes["addons-0-variant"] == "itself":
        changes["addons-0-variant"] = variant_of(shirt).pk

    page = staff.save(f"{ADD}?product={shirt.pk}", **changes).content.decode()

    assert message in page
    assert "Kept as typed" in page
    assert not PaymentLink.objects.exists()


def test_opening_time_is_typed_and_shown_in_the_stores_named_time_zone(staff, shirt, box):
    """10:00 in Los Angeles is 18:00 UTC in winter and 17:00 in summer, whatever store is chosen."""
    Store.objects.filter(pk=shirt.store_id).update(time_zone="America/Los_Angeles")
    make_store(host="elsewhere.example", time_zone="Asia/Tokyo")
    dates = {"opens_at_0": "2026-02-01", "opens_at_1": "10:00"}
    dates |= {"expires_at_0": "2026-07-01", "expires_at_1": "10:00"}
    assert "In the time zone America/Los_Angeles." in staff.open(f"{ADD}?product={shirt.pk}").text

    staff.save(f"{ADD}?product={shirt.pk}", **dates)

    link = PaymentLink.objects.get()
    assert link.opens_at == datetime.datetime(2026, 2, 1, 18, 0, tzinfo=datetime.UTC)
    assert link.expires_at == datetime.datetime(2026, 7, 1, 17, 0, tzinfo=datetime.UTC)
    page = staff.open(reverse("admin:catalog_paymentlink_change", args=[link.pk])).text
    assert "Feb. 1, 2026, 10 a.m. PST" in page
    assert "July 1, 2026, 10 a.m. PDT" in page


def test_add_on_search_stays_in_the_store(staff, shirt, box):
    elsewhere = make_store(host="elsewhere.example")
    make_product(elsewhere, name="Gift card")
    query = {
        "app_label": "catalog",
        "model_name": "linkvariant",
        "field_name": "variant",
        "term": "gift",
        "add_on_for": shirt.pk,
    }

    found = staff.client.get(reverse("admin:autocomplete"), query).json()["results"]

    assert [row["text"] for row in found] == ["Gift box"]


def test_view_button_of_an_add_on_leads_to_its_product(staff, box):
    url = reverse("admin:catalog_variant_change", args=[box.pk])

    response = staff.client.get(url, {"_popup": "1"})

    assert response.url == reverse("admin:catalog_product_change", args=[quote(box.product_id)]) + "?_popup=1"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"active": False}, "closed"),
        ({"uses_left": 0}, "limit reached"),
        ({"expires_at": timezone.now() - timezone.timedelta(days=1)}, "expired"),
        ({"opens_at": timezone.now() + timezone.timedelta(days=1)}, "not open yet"),
        ({}, "open"),
    ],
)
def test_list_says_why_a_link_is_not_for_sale(staff, shirt, fields, state):
    make_link(shirt, **fields)

    assert f'<td class="field-state">{state}</td>' in staff.open(LIST).content.decode()


@pytest.mark.parametrize(
    "term",
    ["set for two", "Wholesale", "summer", "/link/summer", "https://testserver/link/summer?utm_source=x"],
)
def test_link_is_found_by_name_tag_or_address(staff, shirt, term):
    """Several links of one product."""
    make_link(shirt, name="Pour-over set for two", slug="summer", tags=["wholesale"])
    make_link(shirt, name="Other")

    page = staff.open(f"{LIST}?q={term}").content.decode()

    assert "1 payment link" in page
    assert "Pour-over set for two" in page


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"active": False}, "closed"),
        ({"uses_left": 0}, "used_up"),
        ({"expires_at": timezone.now() - datetime.timedelta(days=1)}, "expired"),
        ({"opens_at": timezone.now() + datetime.timedelta(days=1)}, "scheduled"),
        ({}, "open"),
    ],
)
def test_list_can_be_narrowed_to_a_status(staff, shirt, fields, state):
    link = make_link(shirt, **fields)
    states = ("closed", "used_up", "expired", "scheduled", "open")

    counts = {
        name: "1 payment link" in staff.open(f"{LIST}?state={name}").content.decode() for name in states
    }

    assert counts == {name: name == state for name in states}
    link.tags.create(name="fair")
    assert "1 payment link" in staff.open(f"{LIST}?tag=fair").content.decode()


def test_link_list_searches_and_filters_with_constant_queries(staff, shirt, django_assert_max_num_queries):
    for _number in range(12):
        make_link(shirt)
    sku = variant_of(shirt).sku

    assert "12 payment links" in staff.open(f"{LIST}?q={sku}").content.decode()
    assert "0 payment links" in staff.open(f"{LIST}?state=closed").content.decode()
    assert "12 payment links" in staff.open(f"{LIST}?product__id__exact={shirt.pk}").content.decode()
    with django_assert_max_num_queries(10):
        staff.open(LIST)


def test_link_with_a_free_amount_is_made_and_keeps_its_limits(staff, shirt):
    staff.save(f"{ADD}?product={shirt.pk}", min_amount="4.00", max_amount="40.00", suggested_amounts="5  10")
    link = PaymentLink.objects.get()
    assert (str(link.min_amount), str(link.max_amount), link.suggested_amounts) == ("4.00", "40.00", "5 10")

    assert "min_amount" not in staff.fields(edit_page_of(link))
    staff.save(edit_page_of(link), suggested_amounts="20")
    link.refresh_from_db()
    assert (str(link.min_amount), link.suggested_amounts) == ("4.00", "20")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"min_amount": "0.49"}, "The smallest amount that can be charged is $0.50."),
        ({"min_amount": "5", "max_amount": "4.99"}, "The maximum can&#x27;t be below the minimum."),
        ({"max_amount": "5"}, "Enter the minimum amount too."),
        ({"min_amount": "5", "suggested_amounts": "10, 20"}, "Enter amounts separated by spaces"),
    ],
)
def test_limits_that_nobody_can_pay_are_rejected(staff, shirt, typed, message):
    page = staff.save(f"{ADD}?product={shirt.pk}", **typed)

    assert message in page.text
    assert not PaymentLink.objects.exists()


def test_staff_make_a_bundle(staff, store, shirt, box):
    mug = make_product(store, name="Mug", options={"Color": ["Red", "Blue"]})
    red, blue = mug.variants.all()

    staff.save(
        f"{ADD}?product={shirt.pk}",
        price="15.00",
        **{
            "included-0-variant": box.pk,
            "included-0-quantity": "2",
            "included-0-price": "4.00",
            "included-1-variant": blue.pk,
            "included-1-shoppers_choose": "on",
            "included-TOTAL_FORMS": "2",
        },
    )

    link = PaymentLink.objects.get()
    rows = link.link_variants.filter(is_primary=False)
    assert link.fixed_quantity == 1
    assert {f"{row.price}" for row in link.link_variants.filter(is_primary=True)} == {"15.00"}
    assert [(row.variant, row.quantity, row.choice) for row in rows] == [
        (box, 2, None),
        (blue, 1, 2),
        (red, 1, 2),
    ]
    page = staff.open(page_of(link)).text
    assert "2 × included" in page
    copied = staff.fields(f"{ADD}?product={shirt.pk}&copy_of={link.pk}")
    assert (copied["price"], copied["fixed_quantity"]) == ("15.00", "1")
    assert (copied["included-0-price"], copied["included-1-variant"]) == ("4.00", blue.pk)
    assert copied["included-1-shoppers_choose"] == "on"
    assert copied["addons-0-variant"] == ""
