"""Static file names before and after `collectstatic`."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from config.static_storage import OptionalManifestStorage

pytestmark = pytest.mark.any_database


@pytest.fixture
def root(tmp_path, settings, monkeypatch):
    """An empty STATIC_ROOT, and one stylesheet to collect."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "shop.css").write_text("body { color: black }")
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "root"
    # Django caches its storage with the names it has read, so use a new one.
    monkeypatch.setattr(staticfiles_storage, "_wrapped", OptionalManifestStorage())
    return tmp_path / "root"


def test_collectstatic_adds_content_hashes_to_names(root):
    assert staticfiles_storage.url("shop.css") == "/static/shop.css"

    call_command("collectstatic", interactive=False, verbosity=0)

    assert (root / "staticfiles.json").exists()
    url = staticfiles_storage.url("shop.css")
    assert re.fullmatch(r"/static/shop\.[0-9a-f]{12}\.css", url)
    assert (root / url.removeprefix("/static/")).read_text() == "body { color: black }"
