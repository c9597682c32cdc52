"""How emails look: the store's color, readable in both schemes, with a line for the inbox."""

import re

import pytest

from catalog import theme
from orders import notifications
from tests.factories import make_order, make_store

pytestmark = pytest.mark.django_db


def build_html(kind, **store):
    order = make_order(make_store(**store))
    row = notifications.resend_notification(order=order, kind=kind)
    return notifications.build_email(row).alternatives[0].content


@pytest.mark.parametrize("accent", ["#1f6f5c", "#ffe600", "#101010", "#f4f4f4"])
def test_button_has_the_stores_color_and_is_readable_in_both_schemes(accent):
    html = build_html("confirmation", accent=accent)

    light = re.search(r'class="button".*?background:(#\w+);color:(#\w+)', html).groups()
    dark = re.search(r"a\.button, \.band \{ background: (#\w+) !important; color: (#\w+)", html).groups()
    for fill, ink in (light, dark):
        assert theme.contrast_ratio(theme.parse_color(fill), theme.parse_color(ink)) >= 4.5
    if accent == "#1f6f5c":
        assert light == ("#1f6f5c", "#ffffff")


def test_small_print_is_readable_in_both_schemes():
    html = build_html("confirmation")

    (light,) = set(re.findall(r'class="muted" style="[^"]*color:(#\w+)', html))
    (dark,) = re.findall(r"\.muted \{ color: (#\w+) !important", html)
    assert theme.contrast_ratio(theme.parse_color(light), theme.WHITE) >= 4.5
    assert theme.contrast_ratio(theme.parse_color(dark), theme.parse_color("#2c2c2e")) >= 4.5


@pytest.mark.parametrize(
    ("kind", "told"),
    [("confirmation", "Total: $54.00"), ("updated", "Total: $54.00")],
)
def test_inbox_shows_what_the_email_is_about(kind, told):
    html = build_html(kind)

    preheader = re.search(r'<div style="display:none;[^"]*">(.*?)&#847;', html, re.DOTALL)[1]
    assert preheader.startswith(told)
