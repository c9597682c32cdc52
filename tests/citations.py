"""Checks that each rule number cited in the repository is defined in it: `python -m tests.citations`.

R, X and W are rules of the payment links API, N rules of the NEXT Commerce Admin API (`docs/contract/`),
S scenarios (`docs/scenarios.md`). A citation of anything else, such as a section of a paper that is not
here, is an error too.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.repository import ROOT, list_text_files

DEFINITIONS = re.compile(r"^\| ([RXWNS]\d{1,3}) \|", re.MULTILINE)
DEFINED_IN = ("docs/contract/", "docs/scenarios.md")
# Not the id of a check (shop.W001) nor part of a longer word or number.
CITATION = re.compile(r"(?<![\w.#-])([RXWNS][1-9]\d{0,2})(?![\w.]*\w)")
# Numbers of sections, which only make sense with a paper beside them.
FOREIGN = re.compile(
    r"(?<=\w )\([1-9]\.\d(?:, [\w. ]+)?\)|\bfacts,? \d|\(facts\b|\b[Ss]ections? \d"
    r"|\(part \d\)|\b1[A-K]\b(?=[ ),])"
)
CODE = {".py", ".html", ".txt", ".js", ".css"}
LEFT_OUT = ("locale/", "requirements", "stores/font_files/", "tests/citations.py", *DEFINED_IN)


def read_definitions() -> set[str]:
    """Return every rule number that a row of the contract or a scenario defines."""
    paths = [path for path in list_text_files() if path.startswith(DEFINED_IN)]
    return {number for path in paths for number in DEFINITIONS.findall((ROOT / path).read_text())}


def find_unresolved(defined: set[str]) -> Iterator[str]:
    """Yield `path:line: citation` for each citation that leads nowhere."""
    for path in list_text_files():
        if path.startswith(LEFT_OUT):
            continue
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1):
            cited = [match for match in CITATION.findall(line) if match not in defined]
            if Path(path).suffix in CODE:
                cited += [match.group() for match in FOREIGN.finditer(line)]
            yield from (f"{path}:{number}: {citation}" for citation in cited)


def main() -> None:
    unresolved = list(find_unresolved(read_definitions()))
    print("\n".join(unresolved))
    sys.exit(f"{len(unresolved)} citations lead nowhere." if unresolved else 0)


if __name__ == "__main__":
    main()
