"""`make messages`: every sentence for people is put into the German catalogue, and it is compiled.

Read out of code and templates by Babel, so that gettext's own tools need not be installed. What is new stands
there empty, to be translated; what nobody says any more is gone. `tests/catalog/test_translations.py` fails while a
sentence has no German.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
CATALOG_FOLDER = ROOT / "locale" / "de" / "LC_MESSAGES"
SOURCE_FOLDERS = (
    "config",
    "checkout",
    "subscriptions",
    "orders",
    "catalog",
    "stores",
    "nextcommerce",
    "templates",
)
# The sandbox speaks the store's English.
SKIPPED_FOLDERS = {"sandbox", "migrations"}
GETTEXT_FUNCTIONS = (
    *("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"),
    *("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"),
)

Text = str | tuple[str, str]  # of one with a plural, both


def iter_sources() -> Iterator[tuple[Path, io.BytesIO]]:
    """Yield each file that may speak to people, as Python."""
    for room in SOURCE_FOLDERS:
        for path in sorted((ROOT / room).rglob("*")):
            if SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts):
                continue
            if path.suffix == ".py":
                yield path, io.BytesIO(path.read_bytes())
            elif path.suffix in {".html", ".txt", ".xml"}:
                lines = templatize(path.read_text()).splitlines()
                yield path, io.BytesIO("\n".join(line.lstrip() for line in lines).encode())


def collect_texts() -> dict[Text, str]:
    """Return every text that is said, and where it is said first."""
    found: dict[Text, str] = {}
    for path, source in iter_sources():
        for line, function, said, _comments in extract_python(
            source, GETTEXT_FUNCTIONS, [], {"encoding": "utf-8"}
        ):
            where = f"{path.relative_to(ROOT)}:{line}"
            if not said:
                continue  # a text from elsewhere, where `gettext_noop` marks it
            assert "pgettext" not in function, f"{where}: contexts are not understood here"
            words = (said,) if isinstance(said, str) else tuple(part for part in said if part)
            text = words[0] if len(words) == 1 else (words[0], words[1])
            found.setdefault(text, where)
    return found


def read_catalog() -> Catalog:
    with (CATALOG_FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="de")


def main() -> None:
    known, made = read_catalog(), collect_texts()
    for text in made:
        if text not in known:
            known.add(text)
    for message in list(known):
        if message.id and message.id not in made:
            known.delete(message.id)
    with (CATALOG_FOLDER / "django.po").open("wb") as file:
        write_po(file, known, width=110, sort_output=True, no_location=True, ignore_obsolete=True)
    with (CATALOG_FOLDER / "django.mo").open("wb") as file:
        write_mo(file, known)
    missing = [message.id for message in known if message.id and not is_translated(message.string)]
    print(f"{len(made)} texts, {len(missing)} without German.")


def is_translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) and all([string] if isinstance(string, str) else string)


if __name__ == "__main__":
    main()
