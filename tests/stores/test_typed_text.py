"""Names, emails, and phone numbers as keyboards, autofill, and copying leave them."""

import pytest
from django.core.exceptions import ValidationError

from orders.form_fields import ShopperEmailField
from stores.errors import Problem
from stores.phones import parse_phone
from stores.typed_text import clean_email, fold_text, join_name, split_name

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Ada\u200b Love\u00adlace\ufeff", "Ada Lovelace"),
        ("Jose\u0301", "José"),
        ("Ａｄａ　１２３", "Ada 123"),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("O'Brien-Smith Jr.", "O'Brien-Smith Jr."),
        ("\u202eadA\u202c", "adA"),
        ("\u2067محمد\u2069", "محمد"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("क्\u200dष", "क्\u200dष"),
        ("A\u200dda", "Ada"),
        ("Ada\r\nLovelace\t", "Ada Lovelace"),
        ("3ª ½ №", "3ª ½ №"),
        ("Zoë 😀", "Zoë 😀"),
        ("\u200b", ""),
    ],
)
def test_text_is_what_its_reader_sees(typed, folded):
    assert fold_text(typed) == folded
    assert fold_text(folded) == folded


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Madonna", "Madonna", ""),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("María José García", "María", "José García"),
        ("山田 太郎", "太郎", "山田"),
        ("山田　太郎", "太郎", "山田"),
        ("山田太郎", "山田太郎", ""),
        ("김 철수", "철수", "김"),
        ("Taro Yamada", "Taro", "Yamada"),
        ("محمد علي", "محمد", "علي"),
    ],
)
def test_name_is_split_only_for_systems_that_want_two(name, given, family):
    assert split_name(name) == (given, family)
    assert join_name(given, family) == " ".join(name.split())


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada@Example.COM ", "Ada@example.com"),
        ("ada@example.com\u200b", "ada@example.com"),
        ("\ufeffada@example.com", "ada@example.com"),
        ("ada@exam\u00adple.com", "ada@example.com"),
        ("mailto:ada@example.com", "ada@example.com"),
        ("Ada Lovelace <ada@example.com>", "ada@example.com"),
        ("<ada@example.com>", "ada@example.com"),
        ("ada@example.com.", "ada@example.com"),
        ("ada@example.com,", "ada@example.com"),
        ("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
        ("ada@example。com", "ada@example.com"),
        ("ada @ example.com", "ada@example.com"),
        ("ada+lamp@example.com", "ada+lamp@example.com"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("ada@bücher.example", "ada@bücher.example"),
    ],
)
def test_email_is_taken_as_it_was_meant(typed, email):
    assert clean_email(typed) == email
    assert ShopperEmailField().clean(typed) == email


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "Enter your email address."),
        ("ada", "Enter a complete email address, such as name@example.com."),
        ("@example.com", "Enter a complete email address, such as name@example.com."),
        ("ada@", "Enter a complete email address, such as name@example.com."),
        ("ada lovelace@example.com", "Remove the space from the email address."),
        ("ada@example.com, bob@example.com", "Enter one email address only."),
        ("ada@bob@example.com", "Enter one email address only."),
        ("zoë@example.com", "Use letters without accents before the @, or another email address."),
        ("ada@example", "Complete the part after the @, such as example.com."),
        ("ada@example..com", "Enter a valid email address, such as name@example.com."),
    ],
)
def test_email_is_refused_with_the_reason(typed, reason):
    field = ShopperEmailField()
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)

    assert refused.value.messages == [reason]


@pytest.mark.parametrize(
    ("country", "typed", "number"),
    [
        ("US", "(202) 555-0140", "+12025550140"),
        ("US", "２０２５５５０１４０", "+12025550140"),
        ("EG", "٠١٠٠١٢٣٤٥٦٧", "+201001234567"),
        ("DE", "030 901820\u200b", "+4930901820"),
    ],
)
def test_phone_number_is_read_in_any_script(country, typed, number):
    assert parse_phone(text=typed, country=country) == number


@pytest.mark.parametrize("typed", ["0000000000", "000-000-0000", "1111111111", "12"])
def test_number_that_nobody_has_is_refused(typed):
    with pytest.raises(Problem):
        parse_phone(text=typed, country="US")
