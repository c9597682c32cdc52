"""Address fields of single countries: which, in which order, required or not, and why a value is refused."""

import pytest

from checkout.addresses import check_postal_code, complete_address, get_address_parts
from checkout.buyer_form import BuyerForm
from orders.models import OrderAddress

pytestmark = pytest.mark.any_database

CONTACT = {"email": "ana@example.com", "name": "Ana Silva", "phone": ""}


def describe(country):
    return " ".join(f"{part.name}{'' if part.required else '?'}" for part in get_address_parts(country))


@pytest.mark.parametrize(
    ("country", "fields", "labels"),
    [
        ("BR", "line1 line2? city_area? city state postal_code", {"city_area": "Neighborhood"}),
        ("KR", "line1 line2? city_area? city state postal_code", {"state": "Province or city"}),
        ("CN", "line1 line2? city_area? city state postal_code", {"state": "Province"}),
        ("TW", "line1 line2? city state postal_code", {"city": "District"}),
        ("HK", "line1 line2? city? state", {"city": "District", "state": "Area"}),
        ("IN", "line1 line2? city postal_code state", {"postal_code": "PIN code"}),
        ("TR", "line1 line2? postal_code city state", {"city": "District", "state": "Province"}),
        ("IE", "line1 line2? city_area? city state? postal_code?", {"postal_code": "Eircode"}),
        ("JP", "postal_code state city line1 line2?", {"state": "Prefecture"}),
        ("AE", "line1 line2? state", {"state": "Emirate"}),
        ("SG", "line1 line2? postal_code", {}),
    ],
)
def test_country_asks_for_what_its_addresses_have(country, fields, labels):
    parts = {part.name: str(part.label) for part in get_address_parts(country)}

    assert describe(country) == fields
    assert {name: parts[name] for name in labels} == labels


@pytest.mark.parametrize(
    ("country", "typed", "reason"),
    [
        ("US", "9501", "Enter 5 digits, such as 95014."),
        ("US", "ABCDE", "Enter 5 digits, such as 95014."),
        ("DE", "101155", "Enter 5 digits, such as 26133."),
        ("IN", "1100", "Enter 6 digits, such as 110034."),
        ("BR", "4030", "Enter 8 digits, such as 40301-110."),
        ("JP", "154-00", "Enter 7 digits, such as 154-0023."),
        ("DE", "10115X", "Enter digits only, such as 26133."),
        ("GB", "X", "Please enter a valid code, such as EC1Y 8SY."),
        ("IE", "A65", "Please enter a valid code, such as A65 F4E2."),
    ],
)
def test_refused_postal_code_is_told_the_reason(country, typed, reason):
    assert check_postal_code(country=country, value=typed)[1] == reason


def test_codes_of_digits_bring_up_the_keypad_with_digits():
    modes = {
        country: next(part.input_mode for part in get_address_parts(country) if part.name == "postal_code")
        for country in ("US", "DE", "JP", "GB", "CA", "IE")
    }

    assert modes == {"US": "numeric", "DE": "numeric", "JP": "numeric", "GB": "", "CA": "", "IE": ""}


def fill_in_brazil(home, customs_id=""):
    typed = {
        "country": "BR",
        "line1": "Rua A 1",
        "line2": "Apto 2",
        "city_area": "Centro",
        "city": "Salvador",
        "state": "BA",
        "postal_code": "40301110",
        "customs_id": customs_id,
    }
    return BuyerForm(CONTACT | typed, countries=[("BR", "Brazil")], home_country=home)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("12345678909", "123.456.789-09"),
        (" 529.982.247-25", "529.982.247-25"),
        ("１２３４５６７８９０９", "123.456.789-09"),
        ("11222333000181", "11.222.333/0001-81"),
        ("12.abc.345/01de-35", "12.ABC.345/01DE-35"),
    ],
)
def test_parcel_to_brazil_from_abroad_has_the_number_that_customs_want(typed, stored):
    form = fill_in_brazil("US", typed)

    assert form.is_valid(), form.errors
    assert form.build_address().line2 == f"Apto 2, Centro, CPF/CNPJ {stored}"


@pytest.mark.parametrize(
    "typed", ["", "12345678900", "11111111111", "1234567890", "11222333000182", "00000000000000", "CPF"]
)
def test_wrong_brazilian_number_is_refused(typed):
    form = fill_in_brazil("US", typed)

    assert list(form.errors) == ["customs_id"]


@pytest.mark.parametrize("home", ["BR", ""])
def test_number_is_not_asked_for_where_nothing_crosses_the_border(home):
    form = fill_in_brazil(home, "12345678909")

    assert form.is_valid()
    assert "customs_id" not in form.fields
    assert form.build_address().line2 == "Apto 2, Centro"


@pytest.mark.parametrize(
    ("typed", "line2"), [("", ""), ("p123 456 789 012", "PCCC P123456789012"), ("123456789012", None)]
)
def test_korean_customs_code_is_optional_but_checked(typed, line2):
    address = {"country": "KR", "line1": "Sejong-daero 110", "city": "Jung-gu", "postal_code": "04524"}
    states = dict(next(part.choices for part in get_address_parts("KR") if part.name == "state"))
    data = CONTACT | address | {"state": next(iter(states)), "customs_id": typed}
    form = BuyerForm(data, countries=[("KR", "South Korea")], home_country="US")
    form.data["unusual_postal_code"] = f"{data['state']} 04524"

    assert form.is_valid() is (line2 is not None), form.errors
    if line2 is not None:
        assert form.build_address().line2 == line2


def test_longest_second_line_fits_its_column():
    longest = {part.name: "x" * part.max_length for part in get_address_parts("BR")}

    line2 = complete_address(country="BR", data=longest | {"customs_id": "12.ABC.345/01DE-35"})["line2"]

    assert len(line2) <= OrderAddress._meta.get_field("line2").max_length


def test_hong_kong_without_a_district_has_the_area_as_its_city():
    area = next(part.choices[0] for part in get_address_parts("HK") if part.name == "state")

    assert (
        complete_address(country="HK", data={"line1": "1 Queen's Road", "state": area[0]})["city"] == area[1]
    )
