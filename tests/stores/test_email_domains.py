"""Mistyped email domains: hints for slips of the fingers, none for other providers."""

import pytest

from stores.email_domains import count_edits, suggest_email

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmaill.cmo", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmai.comm", "hotmail.com"),
        ("yahooo.com", "yahoo.com"),
        ("outlok.com", "outlook.com"),
        ("iclod.com", "icloud.com"),
        ("gmx.ed", "gmx.de"),
        ("wbe.de", "web.de"),
        ("t-onlin.de", "t-online.de"),
        ("orange.f", "orange.fr"),
        ("docomo.ne.jo", "docomo.ne.jp"),
        ("uol.com.b", "uol.com.br"),
        ("protonmial.com", "protonmail.com"),
    ],
)
def test_slips_are_recognized(typed, meant):
    assert suggest_email(f"Anna.Smith@{typed}") == f"Anna.Smith@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        *("gmail.com", "gmx.de", "gmx.net", "mail.com", "ymail.com", "web.de", "i.softbank.jp"),
        *("gmail.de", "wob.de", "abc.de", "acme.com", "example.com", "bbc.co.uk", "nasa.gov", "sina.cn"),
        *("", "localhost", "gmail", "x" * 300 + ".com"),
    ],
)
def test_other_domains_get_no_hint(domain):
    assert suggest_email(f"anna@{domain}") == ""


def test_text_that_is_no_address_gets_no_hint():
    assert [suggest_email(text) for text in ("", "gmial.com", "@gmial.com")] == ["", "", ""]


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [("", "", 0), ("a", "", 1), ("gmail", "gmial", 1), ("gmail", "gmal", 1), ("abc", "xyz", 3)],
)
def test_edits_are_counted(left, right, edits):
    assert count_edits(left, right) == count_edits(right, left) == edits
