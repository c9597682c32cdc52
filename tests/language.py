"""Checks the English of everything people read here: `python -m tests.language`.

Spelling is codespell's job, American spelling included (`[tool.codespell]` in `pyproject.toml`). This adds
turns of phrase that give a word-by-word translation away, each with what to write instead.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.repository import ROOT, list_text_files

# What is found is matched as whole words, in any case.
CALQUES = {
    r"let(?:s|ting)? go of": "release, refund, drop",
    r"(?:is|are|was|were|be|being) told of": "reads about, is told about",
    r"where there (?:is|are|was|were) none": "if there is none, without one",
    r"in the same breath": "right away",
    r"as it then is": "refreshed",
    r"what (?:comes|came) of it": "the result",
    r"goes? on by (?:itself|themselves)": "renews automatically, continues",
    r"makes? no sense": "is invalid",
    r"wants? attention": "needs attention",
    r"for good": "permanently",
    r"brought in": "imported",
    r"(?:is|are|was|were) looked at": "is checked",
    r"looked after": "checked, watched",
    r"(?:is|are|was|were) asked for": "is requested",
    r"by hand": "manually",
    r"so many": "this many, `quantity`",
    r"is no (?:country|number|text|address|color|date|order|e-mail|email|web)": "is not a …",
    r"the door of": "rewrite",
    r"(?<!word )in words": "as text",
    r"made anew|written anew|begun anew": "again, rewritten",
    r"afresh": "again",
    r"whoever": "anyone who, the person who",
    r"of one's own": "your own",
    r"bring(?:s|ing)? (?:it |them )?about|brought about": "do, apply",
    r"ways? of delivery": "shipping method",
    r"e-mails?": "email",
    r"by and by": "later",
    r"falls? away": "drops",
    r"gone out": "sent",
    r"in good order": "cleanly",
    r"invoice over": "invoice for",
    r"seldom(?:er)?": "rarely, less often",
    r"mend(?:s|ed|ing)?": "fix, repair",
    r"heard of": "received from",
    r"nobody(?:'s)? any more|no more than once in a while": "rewrite",
}
CHECKED = {".py", ".html", ".txt", ".md", ".js", ".css", ".example", ".toml"}
# Licenses are quoted; this file names what it looks for.
LEFT_OUT = ("locale/", "requirements", "stores/font_files/", "LICENSE", "tests/language.py")
PATTERN = re.compile(r"(?<![\w-])(" + "|".join(CALQUES) + r")(?![\w-])", re.IGNORECASE)


def list_checked_files() -> list[str]:
    return [
        path
        for path in list_text_files()
        if Path(path).suffix in CHECKED and not path.startswith(LEFT_OUT) and "/migrations/" not in path
    ]


def find_replacement(phrase: str) -> str:
    return next(instead for calque, instead in CALQUES.items() if re.fullmatch(calque, phrase, re.IGNORECASE))


def find_calques(paths: list[str]) -> Iterator[str]:
    """Yield `path:line: phrase (instead)` for each banned turn of phrase."""
    for path in paths:
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1):
            for match in PATTERN.finditer(line):
                instead = next(
                    words
                    for calque, words in CALQUES.items()
                    if re.fullmatch(calque, match[1], re.IGNORECASE)
                )
                yield f"{path}:{number}: “{match[1]}”: write {instead}"


def main() -> None:
    paths = list_checked_files()
    calques = list(find_calques(paths))
    print("\n".join(calques))
    spelling = subprocess.run([sys.executable, "-m", "codespell_lib", *paths], cwd=ROOT, check=False)
    if calques or spelling.returncode:
        sys.exit(f"{len(calques)} turns of phrase to rewrite; codespell's findings are above.")


if __name__ == "__main__":
    main()
