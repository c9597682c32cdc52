"""`make release`: check that this commit is the release that it says it is, tag it, and build its archive.

The version stands in pyproject.toml, in config/__init__.py, and as the newest heading of CHANGELOG.md.
"""

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from config import VERSION

ROOT = Path(__file__).resolve().parents[1]


def git(*arguments: str) -> str:
    result = subprocess.run(["git", *arguments], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    return result.stdout.strip()


def find_version_faults() -> list[str]:
    """Return where the version differs from VERSION."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    heading = re.search(r"^## (\d\S*) - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = heading[1] if heading else "none"
    return [
        f"{name} has {found}, and config/__init__.py has {VERSION}."
        for name, found in (("pyproject.toml", project), ("The newest heading of CHANGELOG.md", released))
        if found != VERSION
    ]


def find_git_faults() -> list[str]:
    """Return why this commit can't be tagged."""
    faults = []
    if git("status", "--porcelain"):
        faults.append("There are changes that aren't committed.")
    if git("tag", "--list", f"v{VERSION}"):
        faults.append(f"The tag v{VERSION} exists. Choose the next version.")
    return faults


def tag_and_build() -> Path:
    """Tag the commit, and write the archive of its files and its checksum to dist/."""
    git("tag", "--annotate", f"v{VERSION}", "--message", f"Version {VERSION}")
    name = f"storefront-{VERSION}"
    archive = ROOT / "dist" / f"{name}.tar.gz"
    archive.parent.mkdir(exist_ok=True)
    git("archive", f"--prefix={name}/", f"--output={archive}", f"v{VERSION}")
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_suffix(".gz.sha256").write_text(f"{checksum}  {archive.name}\n")
    return archive


def main() -> int:
    """With --check, only say whether the commit could be released."""
    faults = [*find_version_faults(), *find_git_faults()]
    for fault in faults:
        print(fault)
    if faults or "--check" in sys.argv:
        return 1 if faults else 0
    archive = tag_and_build()
    print(f"Tagged v{VERSION} and built {archive.relative_to(ROOT)}. To publish: git push origin v{VERSION}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
