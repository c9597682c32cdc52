"""The German translation: complete, current, and shown when requested."""

import io

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.contrib import admin
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext

from tests import translations
from tests.factories import make_link, make_plan, make_product, make_store

GERMAN = {"accept-language": "de-AT,de;q=0.8"}


def texts(catalog):
    """Return each text with its translation, as tuples with both forms for plurals."""

    def forms(text):
        return (text,) if isinstance(text, str) else tuple(text)

    def context(each):  # Babel leaves it as bytes in a compiled file
        return each.context.decode() if isinstance(each.context, bytes) else each.context

    return {(context(each), *forms(each.id)): forms(each.string) for each in catalog if each.id}


def test_compiled_messages_match_their_source():
    written = read_po(io.BytesIO((translations.CATALOG_FOLDER / "django.po").read_bytes()), locale="de")
    compiled = read_mo(io.BytesIO((translations.CATALOG_FOLDER / "django.mo").read_bytes()))
    assert texts(written) == texts(compiled)


@pytest.mark.any_database
def test_every_text_is_translated_and_none_is_obsolete():
    """After changing a text, run `make messages` and translate it."""
    written = translations.read_catalog()
    said = translations.collect_texts()
    known = {translations.read_key(each): each for each in written if each.id}

    assert {text: where for text, where in said.items() if text not in known} == {}
    assert sorted(text for text in known if text not in said) == []
    assert [
        text for text, each in known.items() if each.fuzzy or not translations.is_translated(each.string)
    ] == []


@pytest.mark.any_database
def test_no_text_is_hidden_in_an_f_string():
    assert translations.find_hidden_texts() == []


@pytest.mark.any_database
def test_no_text_is_the_name_of_a_month_or_day():
    """Django looks the names up in the same file: a button "May" would rename the month in every date."""
    with translation.override("en"):
        names = {
            str(name) for names in (MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR) for name in names.values()
        }
    assert names & {text for text in translations.collect_texts() if isinstance(text, str)} == set()


@pytest.mark.any_database
def test_our_german_comes_before_the_libraries():
    with translation.override("de"):
        assert gettext("Change history: %s") == "Verlauf: %s"
        assert gettext("Save and continue editing") == "Speichern und weiter bearbeiten"


def shown_fields(site):
    """Return the names of all fields that an admin page lists or shows."""
    names = [*site.list_display, *(site.readonly_fields or ()), *(site.fields or ())]
    for _heading, options in site.fieldsets or ():
        names += options["fields"]
    return {part for name in names for part in ([name] if isinstance(name, str) else name)}


@pytest.mark.any_database
def test_admin_fields_have_translatable_names():
    """Without one, Django derives an English name from the field name."""
    unnamed = [
        f"{model._meta.label}.{field.name}"
        for model, site in admin.site._registry.items()
        if model.__module__.partition(".")[0] in translations.SOURCE_FOLDERS
        for field in model._meta.fields
        if field.name in shown_fields(site) - {"id"} and isinstance(field.verbose_name, str)
    ]
    assert unnamed == []


def test_translations_keep_placeholders():
    written = read_po(io.BytesIO((translations.CATALOG_FOLDER / "django.po").read_bytes()), locale="de")
    assert [(each.id, errors) for each in written if each.id and (errors := list(each.check()))] == []


@pytest.mark.django_db
def test_payment_link_page_in_german(client):
    shirt = make_product(make_store(), name="Hemd", price="1049.00", options={"Farbe": ["Rot"]})
    make_plan(shirt)
    link = make_link(shirt, variant_config={"show_inventory": True})
    text = client.get(link.get_absolute_url(), headers=GERMAN).content.decode()
    assert '<html lang="de">' in text
    for words in (
        "1.049,00 $ pro Monat",
        "Einmalkauf",
        "noch 10 auf Lager",
        "Heute fällig",
        "Weiter zur Kasse",
    ):
        assert words in text.replace("\xa0", " "), words


@pytest.mark.django_db
def test_chosen_language_overrides_the_browsers(client):
    make_store()
    client.get("/language/de")
    assert "Hier gibt es noch keine Produkte." in client.get("/").content.decode()
    client.get("/language/en")
    assert "There are no products here yet." in client.get("/", headers=GERMAN).content.decode()
