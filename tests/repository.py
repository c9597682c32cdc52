"""The repository's own files, for the checks that read them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT_SUFFIXES = {".py", ".html", ".txt", ".js", ".css", ".md", ".csv", ".toml", ".ini", ".example"}


def list_text_files() -> list[str]:
    """Return the paths of all text files that git knows, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        path
        for path in listed.stdout.splitlines()
        if (Path(path).suffix in TEXT_SUFFIXES or Path(path).name == "Makefile") and (ROOT / path).is_file()
    ]
