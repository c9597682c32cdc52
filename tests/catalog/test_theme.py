"""The accent color of a store keeps its contrast, whatever it is."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import theme

pytestmark = pytest.mark.any_database

channel = st.integers(0, 255)
LIGHT = ["#ffffff", "#f6f6f4"]
DARK = ["#121416", "#1a1d20", "#1f2326"]


def properties(css: str) -> tuple[dict[str, str], dict[str, str]]:
    light, dark = css.split("@media")
    return dict(re.findall(r"--([a-z-]+):(#\w+)", light)), dict(re.findall(r"--([a-z-]+):(#\w+)", dark))


@settings(deadline=None)
@given(channel, channel, channel)
def test_text_in_and_on_the_accent_can_be_read_in_both_schemes(red, green, blue):
    for scheme, grounds in zip(
        properties(theme.build_accent_css((red, green, blue))), (LIGHT, DARK), strict=True
    ):
        pairs = [(scheme["accent"], scheme["on-accent"])]
        pairs += [(scheme["accent-text"], ground) for ground in [*grounds, scheme["accent-soft"]]]
        for one, other in pairs:
            assert theme.contrast_ratio(theme.parse_color(one), theme.parse_color(other)) >= 4.5, (one, other)


def test_a_colour_that_reads_well_stays_as_it_is():
    light, _ = properties(theme.build_accent_css(theme.parse_color("#1f6f5c")))
    assert light["accent"] == "#1f6f5c"
    assert light["accent-text"] == "#1f6f5c"
    assert light["on-accent"] == "#ffffff"


def test_the_stylesheet_is_kept_for_good_and_asks_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/theme/1f6f5c.css")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize("color", ["red", "12345", "1234567", "12345g"])
def test_what_is_no_colour_has_no_stylesheet(client, color, db):
    assert client.get(f"/theme/{color}.css").status_code == 404
