"""Selections in a query string: what they may contain, and the errors for invalid ones."""

import datetime

import pytest
from django.http import QueryDict
from django.utils import timezone

from checkout.selection_query import read_selection
from stores.errors import NotFound, Problem
from tests.factories import make_link, make_plan, make_product, make_store, variant_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def lamp(store):
    return make_product(store, options={"Color": ["Black", "White"], "Size": ["S", "L"]})


@pytest.fixture
def bulb(store):
    return make_product(store, name="Light bulb", price="7.50")


def select(store, query):
    return read_selection(store=store, query=QueryDict(query))


def lines_of(selection):
    return [(str(line.variant), line.quantity) for line in selection.lines]


def test_link_without_parameters_selects_one_default_variant(store, lamp):
    link = make_link(lamp)

    selection = select(store, f"link={link.pk}")

    assert lines_of(selection) == [("Desk lamp – Black / S", 1)]
    assert selection.source == link.pk
    assert selection.link == link


def test_query_sets_variant_and_quantity(store, lamp):
    link = make_link(lamp)
    white = variant_of(lamp, "White / L")

    assert lines_of(select(store, f"link={link.pk}&variant={white.pk}&quantity=3")) == [
        ("Desk lamp – White / L", 3)
    ]


def test_option_values_select_the_variant(store, lamp):
    link = make_link(lamp)

    selection = select(store, f"link={link.pk}&option_Color=White&option_Size=L")

    assert lines_of(selection) == [("Desk lamp – White / L", 1)]


def test_combination_not_on_the_link_is_refused(store, lamp):
    link = make_link(lamp, variants=[variant_of(lamp, "Black / S")])
    white = variant_of(lamp, "White / L")

    for query in (f"variant={white.pk}", "option_Color=White&option_Size=L", "variant=var_unknown"):
        with pytest.raises(Problem, match="This combination isn't available"):
            select(store, f"link={link.pk}&{query}")


def test_missing_option_is_refused(store, lamp):
    link = make_link(lamp)

    with pytest.raises(Problem, match="Please choose all options first"):
        select(store, f"link={link.pk}&option_Color=White")


@pytest.mark.parametrize("quantity", ["0", "-1", "1000", "two", "1.5", "²", "٣", "9" * 30])
def test_invalid_quantity_is_refused(store, lamp, quantity):
    link = make_link(lamp)

    with pytest.raises(Problem, match="The quantity must be a whole number from 1 to 999") as caught:
        select(store, f"link={link.pk}&quantity={quantity}")

    assert caught.value.field == "quantity"


def test_link_limits_the_quantity(store, lamp):
    link = make_link(lamp, max_quantity=2)

    assert lines_of(select(store, f"link={link.pk}&quantity=2")) == [("Desk lamp – Black / S", 2)]
    with pytest.raises(Problem, match="from 1 to 2"):
        select(store, f"link={link.pk}&quantity=3")


def test_add_ons_have_two_query_forms_and_required_ones_are_added(store, lamp, bulb):
    """R44, R45: add-ons stay within their limits, and a minimum is added automatically."""
    shade = make_product(store, name="Shade", price="5.00")
    link = make_link(lamp, add_ons=[(variant_of(bulb), 1, 4), (variant_of(shade), None, None)])
    bulb_id, shade_id = variant_of(bulb).pk, variant_of(shade).pk

    lamp_line = ("Desk lamp – Black / S", 1)
    assert lines_of(select(store, f"link={link.pk}")) == [lamp_line, ("Light bulb", 1)]
    assert lines_of(select(store, f"link={link.pk}&addon={bulb_id}:3&addon={shade_id}")) == [
        lamp_line,
        ("Light bulb", 3),
        ("Shade", 1),
    ]
    assert lines_of(select(store, f"link={link.pk}&addon_{bulb_id}=2&addon_{shade_id}=0")) == [
        lamp_line,
        ("Light bulb", 2),
    ]


@pytest.mark.parametrize("quantity", ["0", "5", "x"])
def test_add_on_quantity_outside_its_limits_is_refused(store, lamp, bulb, quantity):
    link = make_link(lamp, add_ons=[(variant_of(bulb), 1, 4)])

    with pytest.raises(Problem, match="Light bulb: the quantity must be from 1 to 4"):
        select(store, f"link={link.pk}&addon={variant_of(bulb).pk}:{quantity}")


def test_add_on_not_on_the_link_is_refused(store, lamp, bulb):
    link = make_link(lamp)

    with pytest.raises(Problem, match="One of the add-ons isn't available here"):
        select(store, f"link={link.pk}&addon={variant_of(bulb).pk}:1")


def test_another_stores_link_variant_or_product_is_refused(store, lamp):
    other = make_store(host="other.example")
    foreign = make_product(other, name="Foreign lamp")
    link = make_link(foreign)

    with pytest.raises(NotFound):
        select(store, f"link={link.pk}")
    for query in (f"variant={variant_of(foreign).pk}", f"product={foreign.pk}"):
        with pytest.raises(Problem):
            select(store, query)


def test_closed_link_is_gone_with_the_merchants_message(store, lamp):
    closed = make_link(lamp, active=False, closed_message="Back in spring.")
    ended = make_link(lamp, expires_at=timezone.now() - datetime.timedelta(minutes=1))

    with pytest.raises(Problem, match="Back in spring") as caught:
        select(store, f"link={closed.pk}")
    assert caught.value.status == 410
    with pytest.raises(Problem, match=r"^Ended "):
        select(store, f"link={ended.pk}")


def test_link_that_opens_later_is_refused(store, lamp):
    link = make_link(lamp, opens_at=timezone.now() + datetime.timedelta(hours=1))

    with pytest.raises(Problem, match=r"^Opens "):
        select(store, f"link={link.pk}")


def test_inactive_product_or_variant_is_refused_on_an_open_link(store, lamp):
    """X41: a link can be open while its product is not for sale."""
    link = make_link(lamp)
    lamp.variants.update(active=False)
    with pytest.raises(Problem, match="no longer available"):
        select(store, f"link={link.pk}")

    lamp.variants.update(active=True)
    lamp.active = False
    lamp.save()
    with pytest.raises(Problem, match="no longer available"):
        select(store, f"link={link.pk}")


def test_product_is_selected_directly_by_variant_or_options(store, lamp):
    black = variant_of(lamp, "Black / L")

    by_variant = select(store, f"variant={black.pk}&quantity=2")
    by_options = select(store, f"product={lamp.pk}&option_Color=Black&option_Size=L&quantity=2")

    assert lines_of(by_variant) == lines_of(by_options) == [("Desk lamp – Black / L", 2)]
    assert by_variant.source == black.pk


def test_unlisted_product_cannot_be_bought_directly(store):
    hidden = make_product(store, name="Secret lamp", listed=False)

    with pytest.raises(NotFound):
        select(store, f"variant={variant_of(hidden).pk}")


def test_plan_must_be_available_for_the_variant(store, lamp, bulb):
    plan = make_plan(lamp)
    foreign = make_plan(bulb)
    link = make_link(lamp)

    assert select(store, f"link={link.pk}&plan={plan.pk}").lines[0].plan == plan
    for wrong in (foreign.pk, "sp_unknown"):
        with pytest.raises(Problem, match="no longer available"):
            select(store, f"link={link.pk}&plan={wrong}")


def test_subscription_only_product_requires_a_plan(store):
    coffee = make_product(store, name="Coffee", requires_selling_plan=True)
    make_plan(coffee)

    with pytest.raises(Problem, match="choose how often") as caught:
        select(store, f"link={make_link(coffee).pk}")

    assert caught.value.field == "plan"


def test_custom_text_is_saved_and_limited(store, lamp):
    asking = make_link(lamp, custom_text_label="Engraving")
    silent = make_link(lamp)

    assert select(store, f"link={asking.pk}&text=For+Ada").lines[0].custom_text == "For Ada"
    assert select(store, f"link={silent.pk}&text=For+Ada").lines[0].custom_text == ""
    with pytest.raises(Problem, match="Engraving: please use at most 200 characters"):
        select(store, f"link={asking.pk}&text={'x' * 201}")


def test_attribution_is_cut_to_length_and_never_refused(store, lamp):
    selection = select(
        store, f"link={make_link(lamp).pk}&utm_source=news&utm_campaign={'c' * 200}&utm_evil=1"
    )

    assert selection.attribution == {"utm_source": "news", "utm_campaign": "c" * 150}
