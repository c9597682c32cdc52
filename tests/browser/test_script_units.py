"""The modules of the other scripts, each by itself: stepper, cart, checkout, payment status, token, admin."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.any_database]


# --- Stepper -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "limits", "clamped"),
    [(0, ("1", "5"), 1), (3, ("1", "5"), 3), (9, ("1", "5"), 5), (9, ("4", "2"), 4)],
)
def test_a_value_is_kept_within_its_limits(scripts, value, limits, clamped):
    argument = {"value": value, "limits": dict(zip(("min", "max"), limits, strict=True))}

    assert scripts.run("stepper.js", "return m.clampValue(a.value, a.limits)", argument) == clamped


STEPPER = """
<div data-more="More" data-fewer="Fewer">
  <span data-stepper><input type="number" value="1" min="1" max="3"></span>
  <span data-stepper><input type="number" value="1" min="1" max="1" readonly></span></div>
"""


def test_a_stepper_gets_buttons_and_a_fixed_quantity_gets_none(scripts):
    scripts.show(STEPPER)
    scripts.run("stepper.js", "m.startSteppers(document)")
    more, fewer = (scripts.page.get_by_role("button", name=name) for name in ("More", "Fewer"))

    assert (more.count(), fewer.is_disabled()) == (1, True)
    more.click()
    more.click()
    assert (scripts.page.locator("input").first.input_value(), more.is_disabled()) == ("3", True)


def test_a_lower_limit_lowers_the_value_and_disables_more(scripts):
    scripts.show(STEPPER)
    value = scripts.run(
        "stepper.js",
        """m.startSteppers(document);
        const input = document.querySelector("input");
        input.value = 3;
        m.limitStepper(input, 2);
        return input.value;""",
    )

    assert value == "2"
    assert scripts.page.get_by_role("button", name="More").is_disabled()


# --- Cart and checkout ----------------------------------------------------------------


def test_a_page_is_fetched_by_post_and_its_parts_take_the_place_of_ours(scripts):
    scripts.page.route(
        "**/cart",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"<p id='total' data-live>{route.request.method} {route.request.post_data}</p>",
        ),
    )
    scripts.show("<p id='total' data-live>old</p><p id='other'>kept</p>")

    text = scripts.run(
        "cart.js",
        """const { fetchPage } = await import("/page-update.js");
        m.replaceLiveParts(await fetchPage("/cart", new URLSearchParams({ quantity: 2 })));
        return document.body.textContent;""",
    )

    assert text == "POST quantity=2kept"


def test_only_parts_that_differ_are_replaced_and_open_ones_stay_open(scripts):
    scripts.show("<details id='a' open>old</details><button id='b'>Pay</button>")

    seen = scripts.run(
        "checkout.js",
        """const html = "<details id='a'>new</details><button id='b'>Pay</button><p id='c'></p>";
        const button = document.getElementById("b");
        m.replaceParts(new DOMParser().parseFromString(html, "text/html"), ["a", "b", "c"]);
        const details = document.getElementById("a");
        const kept = document.getElementById("b") === button;
        return [details.textContent, details.open, kept, document.getElementById("c")];""",
    )

    assert seen == ["new", True, True, None]


def test_what_was_typed_is_put_back_but_not_a_choice_that_is_gone(scripts):
    scripts.show("<form><input name='city'><select name='state'><option>BE<option>BY</select></form>")

    code = """const form = document.forms[0];
    m.restoreTypedValues(form, new Map([["city", "Portland"], ["state", a]]));
    return Object.fromEntries(m.readTypedValues(form));"""
    assert scripts.run("checkout.js", code, "OR") == {"city": "Portland", "state": "BE"}
    assert scripts.run("checkout.js", code, "BY") == {"city": "Portland", "state": "BY"}


def test_a_corrected_field_loses_its_error_and_the_last_one_the_notice(scripts):
    scripts.show(
        """<form><div class="notice"><ul class="problems">
        <li><a href="#email">E</a></li><li><a href="#city">C</a></li></ul></div>
        <input id="email" aria-invalid="true"><p id="email_error">!</p>
        <input id="city" aria-invalid="true"><p id="city_error">!</p></form>"""
    )

    code = """m.clearFieldError(document.forms[0], document.getElementById(a));
    return ["[aria-invalid]", "li", ".notice", "p"].map((s) => document.querySelectorAll(s).length);"""
    assert scripts.run("checkout.js", code, "email") == [1, 1, 1, 1]
    assert scripts.run("checkout.js", code, "city") == [0, 0, 0, 0]


def test_the_pay_button_is_locked_once(scripts):
    scripts.show("<form><button data-pay>Pay</button></form>")

    assert scripts.run("checkout.js", "return [1, 2].map(() => m.lockPayButton(document.forms[0]))") == [
        True,
        False,
    ]


def test_the_number_in_the_cart_is_read_from_its_cookie_and_shown(scripts):
    scripts.show("<a data-cart='Cart, items: {n}'>Cart <span data-cart-count hidden></span></a>")

    code = """const link = document.querySelector("a");
    return a.map((cookies) => {
      m.showCartCount(link, m.readCartCount(cookies));
      const badge = link.querySelector("span");
      return [badge.hidden ? null : badge.textContent, link.getAttribute("aria-label")];
    });"""
    cookies = ["a=b; cart_count=3", "cart_count=100; a=b", "cart_count=0", "my_cart_count=3", "cart_count=x"]
    assert scripts.run("cart-count.js", code, cookies) == [
        ["3", "Cart, items: 3"],
        ["99+", "Cart, items: 100"],
        *([[None, None]] * 3),
    ]


# --- Payment status and token ---------------------------------------------------------


def test_checks_of_a_payment_become_less_frequent_until_a_silent_service_is_back(scripts):
    code = """const usual = { wasSilent: false, isSilent: false };
    return [2000, 14000, 15000].map((delay) => m.chooseDelay(delay, usual)).concat(
      m.chooseDelay(15000, { wasSilent: false, isSilent: true }),
      m.chooseDelay(4000, { wasSilent: true, isSilent: false }));"""

    assert scripts.run("payment-status.js", code) == [2600, 15000, 15000, 4000, 2000]


def test_page_says_that_it_waits_for_the_payment_service(scripts):
    scripts.show("<div><p data-usual>Seconds</p><p data-waiting hidden>Waiting</p></div>")

    code = """const place = document.querySelector("div");
    return [true, false].map((isSilent) => { m.showSilence(place, isSilent); return place.innerText; });"""
    assert scripts.run("payment-status.js", code) == ["Waiting", "Seconds"]


@pytest.mark.parametrize(
    ("status", "body", "settled"),
    [
        (200, '{"state": "paid"}', True),
        (200, '{"state": "confirming"}', False),
        (503, '{"state": "paid"}', False),
        (200, "not JSON", False),
    ],
)
def test_a_payment_is_settled_only_when_the_server_says_so(scripts, status, body, settled):
    scripts.page.watch.expected_statuses.add(503)
    scripts.page.route("**/state", lambda route: route.fulfill(status=status, body=body))

    assert scripts.run("payment-status.js", "return m.isSettled(await m.askState('/state'))") is settled


def test_without_a_connection_a_payment_is_not_settled(scripts):
    scripts.page.route("**/state", lambda route: route.abort())

    assert scripts.run("payment-status.js", "return m.isSettled(await m.askState('/state'))") is False


# --- Admin ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ('<label for="f">Product:</label><input id="f">', "Product"),
        ('<input id="f" aria-label="Mine">', "Mine"),
        (
            "<table><thead><tr><th>A<th>Stock</thead><tr><td></td><td><input id=f></td></tr></table>",
            "Stock",
        ),
        ("<div class=form-row><legend>Opens:</legend><input id=f></div>", "Opens"),
        ("<input id=f>", ""),
    ],
)
def test_a_field_of_the_admin_is_named_by_what_stands_beside_it(scripts, body, label):
    scripts.show(body)

    code = "return m.findLabel(document.getElementById('f'))"
    assert scripts.run("admin-field-labels.js", code) == label
