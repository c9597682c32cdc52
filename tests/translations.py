"""`make messages`: update the German message file from code and templates, and compile it.

Uses Babel, so that the gettext tools need not be installed. New texts are added without a translation, unused
ones are removed. `tests/catalog/test_translations.py` fails while a text has no German translation.
"""

import ast
import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tests.library_texts import LIBRARY_TEXTS

ROOT = Path(__file__).parent.parent
CATALOG_FOLDER = ROOT / "locale" / "de" / "LC_MESSAGES"
SOURCE_FOLDERS = (
    "config",
    "checkout",
    "subscriptions",
    "orders",
    "catalog",
    "stores",
    "accounts",
    "nextcommerce",
    "templates",
)
# The sandbox is in English only.
SKIPPED_FOLDERS = {"sandbox", "migrations"}
GETTEXT_FUNCTIONS = (
    *("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"),
    *("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"),
)

# A tuple holds singular and plural. A context comes before its text, as gettext itself joins them.
Text = str | tuple[str, str]
CONTEXT_END = "\x04"


def iter_sources() -> Iterator[tuple[Path, io.BytesIO]]:
    """Yield each file that may hold texts, templates converted to Python."""
    for folder in SOURCE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts):
                continue
            if path.suffix == ".py":
                yield path, io.BytesIO(path.read_bytes())
            elif path.suffix in {".html", ".txt", ".xml"}:
                lines = templatize(path.read_text()).splitlines()
                yield path, io.BytesIO("\n".join(line.lstrip() for line in lines).encode())


def collect_texts() -> dict[Text, str]:
    """Return every translatable text with the `path:line` where it first occurs.

    Texts inside of f-strings are not found (`find_hidden_texts`).
    """
    texts: dict[Text, str] = dict.fromkeys(LIBRARY_TEXTS, "tests/library_texts.py")
    for path, source in iter_sources():
        for line, function, message, _comments in extract_python(
            source, GETTEXT_FUNCTIONS, [], {"encoding": "utf-8"}
        ):
            location = f"{path.relative_to(ROOT)}:{line}"
            if not message:
                continue  # not a literal; `gettext_noop` marks the text elsewhere
            assert "npgettext" not in function, f"{location}: plurals with a context are not supported"
            forms = (message,) if isinstance(message, str) else tuple(form for form in message if form)
            if "pgettext" in function:
                forms = (CONTEXT_END.join(forms[:2]),)
            text = forms[0] if len(forms) == 1 else (forms[0], forms[1])
            texts.setdefault(text, location)
    return texts


def find_hidden_texts() -> list[str]:
    """Return where a text is translated inside of an f-string, which the extraction can't see."""
    return [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, source in iter_sources()
        if path.suffix == ".py"
        for string in ast.walk(ast.parse(source.read()))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in GETTEXT_FUNCTIONS
    ]


def read_key(message: Message) -> Text:
    """Return the message's text as `collect_texts` does."""
    text = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
    return f"{message.context}{CONTEXT_END}{text}" if message.context else text


def read_catalog() -> Catalog:
    with (CATALOG_FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="de")


def main() -> None:
    catalog, texts = read_catalog(), collect_texts()
    # First remove: a text whose plural alone has changed would otherwise count as known.
    for message in list(catalog):
        if message.id and read_key(message) not in texts:
            catalog.delete(message.id, message.context)
    known = {read_key(message) for message in catalog if message.id}
    for text in texts.keys() - known:
        context, end, plain = text.partition(CONTEXT_END) if isinstance(text, str) else ("", "", text)
        catalog.add(plain if end else text, context=context if end else None)
    with (CATALOG_FOLDER / "django.po").open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, no_location=True, ignore_obsolete=True)
    with (CATALOG_FOLDER / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    missing = [message.id for message in catalog if message.id and not is_translated(message.string)]
    print(f"{len(texts)} texts, {len(missing)} without a German translation.")


def is_translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) and all([string] if isinstance(string, str) else string)


if __name__ == "__main__":
    main()
