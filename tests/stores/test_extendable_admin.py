"""Apps above a model's own add to its page in the admin."""

import pytest
from django.contrib import admin

from stores.extendable_admin import AdminPanel, ExtendableAdmin
from stores.models import Store


@pytest.fixture
def store_admin():
    class PageAdmin(ExtendableAdmin):
        panel_slots = ("top", "bottom")

    return PageAdmin


def test_panels_are_shown_by_slot_in_the_order_of_registration(store_admin, rf):
    first, second = AdminPanel("top", "first.html"), AdminPanel("top", "second.html")
    store_admin.register_panels(lambda model_admin, request, store: [first])
    store_admin.register_panels(lambda model_admin, request, store: [second])

    panels = store_admin(Store, admin.site).build_panels(rf.get("/"), Store())

    assert panels == {"top": [first, second], "bottom": []}


def test_a_panel_for_a_slot_that_the_page_lacks_is_an_error(store_admin, rf):
    store_admin.register_panels(lambda model_admin, request, store: [AdminPanel("side", "panel.html")])

    with pytest.raises(KeyError, match="side"):
        store_admin(Store, admin.site).build_panels(rf.get("/"), Store())


def test_what_is_registered_for_one_page_is_on_no_other(store_admin):
    store_admin.register_panels(lambda model_admin, request, store: [])
    store_admin.register_save_hook(lambda *args: None)

    assert ExtendableAdmin.panel_builders == ()
    assert ExtendableAdmin.save_hooks == ()
