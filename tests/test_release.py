"""The version is the same wherever it stands."""

import subprocess

import pytest

from config import VERSION
from tests import release

pytestmark = pytest.mark.any_database


def test_version_is_the_same_in_the_project_and_the_changelog():
    assert release.find_version_faults() == []


def test_other_version_is_named(monkeypatch):
    monkeypatch.setattr(release, "VERSION", "9.9.9")

    assert release.find_version_faults() == [
        f"pyproject.toml has {VERSION}, and config/__init__.py has 9.9.9.",
        f"The newest heading of CHANGELOG.md has {VERSION}, and config/__init__.py has 9.9.9.",
    ]


def test_release_is_tagged_and_built_once_and_only_from_a_clean_tree(monkeypatch, tmp_path):
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "VERSION", "1.2.3")
    git("init")
    git("config", "user.name", "Kim")
    git("config", "user.email", "kim@example.com")
    (tmp_path / ".gitignore").write_text("/dist/\n")
    assert release.find_git_faults() == ["There are changes that aren't committed."]
    git("add", ".")
    git("commit", "--message", "Start")
    assert release.find_git_faults() == []

    archive = release.tag_and_build()

    listed = subprocess.run(["tar", "-tzf", archive], check=True, capture_output=True, text=True)
    assert listed.stdout.splitlines() == ["storefront-1.2.3/", "storefront-1.2.3/.gitignore"]
    assert (
        (tmp_path / "dist" / "storefront-1.2.3.tar.gz.sha256")
        .read_text()
        .endswith("storefront-1.2.3.tar.gz\n")
    )
    assert release.find_git_faults() == ["The tag v1.2.3 exists. Choose the next version."]
