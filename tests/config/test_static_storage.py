"""Static files, before and after `collectstatic`."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from config.static_storage import OptionalManifestStorage

pytestmark = pytest.mark.any_database


@pytest.fixture
def root(tmp_path, settings, monkeypatch):
    """An empty STATIC_ROOT, and one stylesheet to collect."""
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "shop.css").write_text("body { color: black }")
    settings.STATICFILES_DIRS = [tmp_path / "from"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "root"
    # A storage of this test's own: Django keeps the one it made, with the names it knows.
    monkeypatch.setattr(staticfiles_storage, "_wrapped", OptionalManifestStorage())
    return tmp_path / "root"


def test_the_first_collectstatic_gives_every_file_a_name_by_its_content(root):
    assert staticfiles_storage.url("shop.css") == "/static/shop.css"

    call_command("collectstatic", interactive=False, verbosity=0)

    assert (root / "staticfiles.json").exists()
    named = staticfiles_storage.url("shop.css")
    assert re.fullmatch(r"/static/shop\.[0-9a-f]{12}\.css", named)
    assert (root / named.removeprefix("/static/")).read_text() == "body { color: black }"
