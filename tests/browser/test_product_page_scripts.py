"""The modules of the product page's script, each by itself."""

from contextlib import nullcontext

import pytest

from tests.browser.script_page import SITE

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

VARIANTS = [
    {
        "id": "sand-s",
        "options": ["Sand", "S"],
        "price": "39.00",
        "stock": 10,
        "picture": None,
        "plans": ["month"],
    },
    {"id": "sand-l", "options": ["Sand", "L"], "price": "39.00", "stock": 0, "picture": None, "plans": []},
    {"id": "ink-s", "options": ["Ink", "S"], "price": "45.00", "stock": None, "picture": None, "plans": []},
]
TEXT = {"notSold": "Not sold", "soldOut": "Sold out", "left": "{n} left"}
TERMS = {
    "39.00": {"terms": "$35.10 every month", "saving": "10 % off", "verification": "", "first": "35.10"},
    "45.00": {
        "terms": "$40.50 every month",
        "saving": "",
        "verification": "Checked with $1",
        "first": "0.00",
    },
}


# --- Product page: variants ---------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "found"),
    [(["Sand", "S"], "sand-s"), (["Ink", "S"], "ink-s"), (["Ink", "L"], None), (["Sand", ""], None)],
)
def test_a_variant_is_found_by_all_its_options(scripts, options, found):
    code = "return m.findVariant(a.variants, a.options)?.id ?? null"

    variants = {"variants": VARIANTS, "options": options}
    assert scripts.run("product-page/variants.js", code, variants) == found


def test_a_product_without_options_has_its_only_variant(scripts):
    only = {**VARIANTS[0], "options": []}

    assert scripts.run("product-page/variants.js", "return m.findVariant([a], []).id", only) == "sand-s"


@pytest.mark.parametrize(
    ("stock", "described"), [(10, "10 left"), (0, "Sold out"), (None, ""), ("no variant", "Not sold")]
)
def test_stock_is_described(scripts, stock, described):
    variant = None if stock == "no variant" else {"stock": stock}

    code = "return m.describeStock(a.variant, a.text)"
    assert scripts.run("product-page/variants.js", code, {"variant": variant, "text": TEXT}) == described


SWATCHES = """
<fieldset><span data-chosen></span>
  <label><input type="radio" name="color" value="Sand"><i data-state></i></label>
  <label><input type="radio" name="color" value="Ink" checked><i data-state></i></label></fieldset>
<fieldset><span data-chosen></span>
  <label><input type="radio" name="size" value="S" checked><i data-state></i></label>
  <label><input type="radio" name="size" value="L"><i data-state></i></label></fieldset>
"""


def test_options_are_read_and_those_that_the_others_rule_out_are_marked(scripts):
    scripts.show(SWATCHES)

    seen = scripts.run(
        "product-page/variants.js",
        """const groups = [...document.querySelectorAll("fieldset")];
        const options = m.readOptions(groups);
        m.markOptions(groups, options, a.variants, a.text);
        const states = [...document.querySelectorAll("label")].map((label) => [
          label.textContent.trim(), label.title, label.classList.contains("swatch--gone")]);
        const chosen = groups.map((group) => group.querySelector("[data-chosen]").textContent);
        return { options, chosen, states };""",
        {"variants": VARIANTS, "text": TEXT},
    )

    assert seen["options"] == seen["chosen"] == ["Ink", "S"]
    available, not_sold = ["", "", False], ["Not sold", "Not sold", True]
    assert seen["states"] == [available, available, available, not_sold]


def test_a_sold_out_option_is_marked_as_sold_out(scripts):
    scripts.show(SWATCHES)

    state = scripts.run(
        "product-page/variants.js",
        """const groups = [...document.querySelectorAll("fieldset")];
        m.markOptions(groups, ["Sand", "S"], a.variants, a.text);
        return document.querySelector('label:has([value="L"])').textContent.trim();""",
        {"variants": VARIANTS, "text": TEXT},
    )

    assert state == "Sold out"


# --- Product page: prices and plans -------------------------------------------------


@pytest.mark.parametrize(
    ("price", "quantity", "add_ons", "total"),
    [
        ("39.00", 2, [], 78),
        ("0.10", 3, [{"price": "0.20", "quantity": 1}], 0.5),
        ("1.15", 1, [{"price": "6.00", "quantity": 2}, {"price": "2.50", "quantity": 0}], 13.15),
        ("1.10", 1, [{"price": "2.20", "quantity": 1}], 3.3),
        ("0.00", 1, [], 0),
    ],
)
def test_the_total_is_exact(scripts, price, quantity, add_ons, total):
    argument = {"price": price, "quantity": quantity, "addOns": add_ons}

    code = "return m.computeTotal(a.price, a.quantity, a.addOns)"
    assert scripts.run("product-page/prices.js", code, argument) == total


def test_add_ons_are_read_from_their_fields_and_an_empty_field_is_none(scripts):
    scripts.show('<input data-price="6.00" data-ships value="2"><input data-price="2.50" value="">')

    assert scripts.run(
        "product-page/prices.js", "return m.readAddOns(document.querySelectorAll('input'))"
    ) == [
        {"price": "6.00", "quantity": 2, "ships": True},
        {"price": "2.50", "quantity": 0, "ships": False},
    ]


def test_what_is_chosen_for_a_bundle_adds_its_own_price(scripts):
    scripts.show(
        """<select data-ships><option data-price="12.00"><option data-price="14.00" selected></select>
        <select><option data-price="3.00"></select>"""
    )

    assert scripts.run(
        "product-page/prices.js", "return m.readChoices(document.querySelectorAll('select'))"
    ) == [
        {"price": "14.00", "quantity": 1, "ships": True},
        {"price": "3.00", "quantity": 1, "ships": False},
    ]


@pytest.mark.parametrize(
    ("amount", "unit", "quantity", "add_ons", "charged"),
    [
        ("1.00", "0.01", 1, [], 1),
        ("1.00", "0.01", 3, [], 1.02),
        ("100", "1", 3, [], 102),
        ("0", "0.01", 2, [], 0),
        ("1.00", "0.01", 1, [{"ships": True, "quantity": 1}], 0),
        ("1.00", "0.01", 1, [{"ships": True, "quantity": 0}, {"ships": False, "quantity": 1}], 1),
    ],
)
def test_a_verification_is_shared_between_items_and_left_out_beside_shipping(
    scripts, amount, unit, quantity, add_ons, charged
):
    argument = {"verification": {"amount": amount, "unit": unit}, "quantity": quantity, "addOns": add_ons}

    code = "return m.computeVerification(a.verification, a.quantity, a.addOns)"
    assert scripts.run("product-page/prices.js", code, argument) == charged


@pytest.mark.parametrize(("plan", "first"), [("", "45.00"), ("month", "0.00")])
def test_the_first_payment_is_the_plans_or_the_price(scripts, plan, first):
    argument = {"variant": VARIANTS[2], "plan": plan, "plans": {"month": TERMS}}

    code = "return m.findFirstPayment(a.variant, a.plan, a.plans)"
    assert scripts.run("product-page/prices.js", code, argument) == first


PLANS = """
<label><input type="radio" name="plan" value=""><i data-once></i></label>
<label><input type="radio" name="plan" value="month" checked>
  <i data-terms></i><i data-saving hidden></i><i data-verification hidden></i></label>
"""
MARK_PLANS = """
const inputs = [...document.querySelectorAll("input")];
m.markPlans(inputs, a.variant, a.plans, new Intl.NumberFormat("en", { style: "currency", currency: "USD" }));
m.choosePlan(inputs);
const shown = (name) => {
  const element = document.querySelector(`[data-${name}]`);
  return element.hidden ? null : element.textContent;
};
return [shown("once"), shown("terms"), shown("saving"), shown("verification"), inputs.map((i) => i.checked),
  inputs[1].disabled, inputs[1].closest("label").hasAttribute("data-other")];
"""


def test_a_plan_shows_its_terms_for_the_variant(scripts):
    scripts.show(PLANS)

    seen = scripts.run(
        "product-page/prices.js", MARK_PLANS, {"variant": VARIANTS[0], "plans": {"month": TERMS}}
    )

    assert seen == ["$39.00", "$35.10 every month", "10 % off", None, [False, True], False, False]


def test_a_plan_that_the_variant_is_not_sold_with_is_hidden_and_another_chosen(scripts):
    scripts.show(PLANS)

    seen = scripts.run(
        "product-page/prices.js", MARK_PLANS, {"variant": VARIANTS[2], "plans": {"month": TERMS}}
    )

    assert seen == ["$45.00", "$40.50 every month", None, "Checked with $1", [True, False], True, True]


# --- Product page: gallery and visits -----------------------------------------------

GALLERY = """
<div data-gallery>
  <div class="gallery__track" style="display: flex; overflow-x: auto; width: 200px">
    <i id="one" style="flex: 0 0 200px">1</i><i id="two" style="flex: 0 0 200px">2</i></div>
  <div class="gallery__thumbs"><a href="#one" aria-current="true">1</a><a href="#two">2</a></div>
</div>
"""


def test_a_thumbnail_scrolls_to_its_picture_and_is_marked(scripts):
    scripts.show(GALLERY)

    scripts.run("product-page/gallery.js", "m.startGallery(document.querySelector('[data-gallery]'))")
    scripts.page.get_by_role("link", name="2").click()

    scripts.page.wait_for_selector('[href="#two"][aria-current="true"]')
    assert scripts.page.locator("[aria-current]").count() == 1
    assert scripts.page.url == f"{SITE}/"


def test_a_picture_that_is_not_there_scrolls_nothing(scripts):
    scripts.show(GALLERY)

    code = """m.scrollToPicture(null);
    m.scrollToPicture("three");
    return document.querySelector(".gallery__track").scrollLeft;"""
    assert scripts.run("product-page/gallery.js", code) == 0


@pytest.mark.parametrize(
    ("address", "fragment", "count"), [("/visit", "", 1), ("/visit", "#preview", 0), (None, "", 0)]
)
def test_a_visit_is_reported_unless_it_is_a_preview(scripts, address, fragment, count):
    sent: list[str] = []
    scripts.page.route(
        "**/visit", lambda route: (sent.append(route.request.method), route.fulfill(status=204))
    )

    code = "location.hash = a.fragment; m.countVisit(a.address)"
    with scripts.page.expect_request("**/visit") if count else nullcontext():
        scripts.run("product-page/link-visit.js", code, {"address": address, "fragment": fragment})
    scripts.page.wait_for_load_state("networkidle")

    assert sent == ["POST"] * count
