"""The accent stylesheet: enough contrast for any color."""

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
def test_accent_text_is_readable_in_both_schemes(red, green, blue):
    for scheme, backgrounds in zip(
        properties(theme.build_accent_css((red, green, blue))), (LIGHT, DARK), strict=True
    ):
        pairs = [(scheme["accent"], scheme["on-accent"])]
        pairs += [(scheme["accent-text"], background) for background in [*backgrounds, scheme["accent-soft"]]]
        for one, other in pairs:
            assert theme.contrast_ratio(theme.parse_color(one), theme.parse_color(other)) >= 4.5, (one, other)


def test_readable_accent_is_not_changed():
    light, _ = properties(theme.build_accent_css(theme.parse_color("#1f6f5c")))
    assert light["accent"] == "#1f6f5c"
    assert light["accent-text"] == "#1f6f5c"
    assert light["on-accent"] == "#ffffff"


def test_stylesheet_is_immutable_and_runs_no_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/theme/1f6f5c.css")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize("color", ["red", "12345", "1234567", "12345g"])
def test_invalid_color_has_no_stylesheet(client, color, db):
    assert client.get(f"/theme/{color}.css").status_code == 404
