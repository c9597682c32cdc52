"""Postal codes as people type them, from 40 countries: each in its country's form, or refused."""

import pytest

from stores.postal_codes import is_usual_in_state, normalize_postal_code

pytestmark = pytest.mark.any_database

ACCEPTED = """
AD 100 → AD100            | AI AI-2640 → AI-2640      | AT A-6020 → 6020          | AT 1010 → 1010
AU 2620 → 2620            | AZ AZ1000 → 1000          | BB 23026 → BB23026        | BE B-1000 → 1000
BN BN1234 → BN1234        | BR 40.301-110 → 40301-110 | BR 40301110 → 40301110    | CA h3z2y7 → H3Z2Y7
CA H3Z-2Y7 → H3Z 2Y7      | CH CH-2544 → 2544         | CZ 100-00 → 100 00        | DE D-26133 → 26133
DE DE-10115 → 10115       | DE 10 115 → 10115         | DK DK-1566 → 1566         | EE 10111 → 10111
ES E-28013 → 28013        | FI FI-00550 → 00550       | FR F-75 001 → 75001       | FR 75 001 → 75001
GB ec1y8sy → EC1Y8SY      | GB EC1Y-8SY → EC1Y 8SY    | GB BFPO 57 → BFPO 57      | GB GIR 0AA → GIR 0AA
GG GY1-1AA → GY1 1AA      | GR 15124 → 15124          | HU H-1037 → 1037          | IE a65-f4e2 → A65 F4E2
IN 110 034 → 110034       | IR 11936 12345 → 11936-12345 | IT I-00144 → 00144     | JE JE1 1AA → JE1 1AA
JP 〒154-0023 → 154-0023  | JP １５４－００２３ → 154-0023 | JP 154ー0023 → 154-0023 | JP 154‐0023 → 154-0023
JP 154 0023 → 154-0023    | KR 030-51 → 03051         | KY KY11100 → KY1-1100     | KY 1-1100 → KY1-1100
LI FL-9496 → 9496         | LT LT-04340 → 04340       | LU L-4750 → 4750          | LV 1073 → LV-1073
LV LV1073 → LV-1073       | MT MTF 1234 → MTF 1234    | MT NXR-01 → NXR 01        | NL NL-1234 AB → 1234 AB
NL 1234ab → 1234AB        | NO N-0025 → 0025          | PL 00950 → 00-950         | PL 00 950 → 00-950
PT 1250096 → 1250-096     | PT 1000 260 → 1000-260    | SA ١١٥٦٤ → 11564          | SE SE-114 55 → 114 55
SE S-11455 → 114 55       | SG S 546080 → 546080      | SI SI-4000 → 4000         | SK 010-01 → 010 01
US 950141010 → 95014-1010 | US 95014–1010 → 95014-1010 | US ９５０１４ → 95014     | VG 1110 → VG1110
"""
REFUSED = (
    "GB EC1Y 8SYXXX",
    "US 9501",
    "US 95014-10",
    "DE 1011",
    "DE SE-10115",
    "JP 15400233",
    "CA H3Z 2Y",
    "PL 00-95",
)


def list_rows(table):
    cells = [cell.strip() for line in table.strip().splitlines() for cell in line.split("|")]
    return [(cell[:2], *cell[3:].split(" → ")) for cell in cells]


@pytest.mark.parametrize(("country", "typed", "expected"), list_rows(ACCEPTED))
def test_code_is_put_into_the_form_of_its_country(country, typed, expected):
    assert normalize_postal_code(country, typed) == (expected.strip(), True)
    assert normalize_postal_code(country, f"\u200b {typed}\u00a0\ufeff") == (expected.strip(), True)
    assert normalize_postal_code(country, expected) == (expected.strip(), True)


@pytest.mark.parametrize("row", REFUSED)
def test_code_that_no_address_of_the_country_has_is_refused(row):
    country, _space, code = row.partition(" ")

    assert normalize_postal_code(country, code) == (code, False)


def test_code_of_a_place_beyond_the_border_is_unusual_but_valid():
    assert normalize_postal_code("US", "73949") == ("73949", True)  # Texhoma
    assert not is_usual_in_state("US", "TX", "73949")
    assert is_usual_in_state("US", "OK", "73949")
    assert is_usual_in_state("DE", "", "10115")
