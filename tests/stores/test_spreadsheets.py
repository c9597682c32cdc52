"""Tables as spreadsheet programs save them, all over Europe."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from stores.errors import Problem
from stores.spreadsheets import MAX_UNPACKED_BYTES, read_table

pytestmark = pytest.mark.any_database

TEXT = "slug;name\nofchen;Öfchen für Größe\n"


def cells(content):
    return [row.cells for row in read_table(content).rows]


@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [
        ("utf-8", "UTF-8, separated by semicolons"),
        ("utf-8-sig", "UTF-8, separated by semicolons"),
        ("utf-16", "UTF-16, separated by semicolons"),
        ("utf-16-le", "UTF-16, separated by semicolons"),
        ("utf-16-be", "UTF-16, separated by semicolons"),
        ("cp1252", "Windows-1252, separated by semicolons"),
        ("mac_roman", "Mac Roman, separated by semicolons"),
    ],
)
def test_encodings_are_recognized(encoding, read_as):
    table = read_table(TEXT.encode(encoding))

    assert [row.cells for row in table.rows] == [["slug", "name"], ["ofchen", "Öfchen für Größe"]]
    assert str(table.read_as) == read_as


@pytest.mark.parametrize("text", ["don’t", "Café – “crème”", "20 €", "Škoda, žába", "½ m² ± 5 °C", "Æøå"])
def test_western_text_stays_windows(text):
    assert cells(f"name;x\n{text};1\n".encode("cp1252")) == [["name", "x"], [text, "1"]]


@pytest.mark.parametrize(
    "text",
    [
        "slug,name\nmug,A\n",
        "slug;name\nmug;A\n",
        "slug\tname\nmug\tA\n",
        "sep=;\nslug;name\nmug;A\n",
        '"sep=,"\r\nslug,name\r\nmug,A\r\n',
        "sep=|\rslug|name\rmug|A\r",
        "\ufeffslug,name\nmug,A\n",
    ],
)
def test_separators_and_line_ends_are_recognized(text):
    assert cells(text.encode()) == [["slug", "name"], ["mug", "A"]]


def test_rows_have_the_numbers_that_a_spreadsheet_shows():
    """Blank lines count, the line that names the separator doesn't, and a cell may have several lines."""
    rows = read_table(b'sep=;\n\n;;\nslug;name\nmug;"two\nlines"\n\ncup;C\n').rows

    assert [(row.number, row.cells[0]) for row in rows] == [(3, "slug"), (4, "mug"), (6, "cup")]


def workbook(rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_workbook_is_read_like_a_csv_file():
    table = read_table(
        workbook([["slug", "price", "active", "id"], ["mug", 49.9, True, 12345678901234], [None], ["cup", 5]])
    )

    assert table.rows[1].cells == ["mug", "49.9", "yes", "12345678901234"]
    assert (table.rows[2].number, table.rows[2].cells) == (4, ["cup", "5"])
    assert (str(table.read_as), table.decimal_mark) == ("Excel workbook, sheet “Sheet”", ".")


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x", "w") as part:
        for _number in range(MAX_UNPACKED_BYTES // 10_000_000 + 1):
            part.write(bytes(10_000_000))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0 old", "old Excel file"),
        (b"PK\x03\x04 broken", "can't read this workbook"),
        (b"\xff\xfe\x00", "Save it as CSV UTF-8"),
        (b"a\xff\x00b", "Save it as CSV UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "Save it as CSV UTF-8"),
    ],
)
def test_other_files_are_refused_with_what_to_do(content, message):
    with pytest.raises(Problem, match=message):
        read_table(content)


def test_workbook_that_unpacks_to_gigabytes_is_refused():
    with pytest.raises(Problem, match="too large"):
        read_table(bomb())


def test_empty_file_has_no_rows():
    assert read_table(b"").rows == []
