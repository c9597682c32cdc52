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
    named = staticfiles_storage.url("shop.css")
    assert re.fullmatch(r"/static/shop\.[0-9a-f]{12}\.css", named)
    assert (root / named.removeprefix("/static/")).read_text() == "body { color: black }"


def test_scripts_import_each_other_by_the_new_names(root, tmp_path):
    (tmp_path / "source" / "parts").mkdir()
    (tmp_path / "source" / "cart.js").write_text('import { add } from "./parts/sum.js";\nadd();\n')
    (tmp_path / "source" / "parts" / "sum.js").write_text("export function add() {}\n")

    call_command("collectstatic", interactive=False, verbosity=0)

    cart, part = (
        staticfiles_storage.url(name).removeprefix("/static/") for name in ("cart.js", "parts/sum.js")
    )
    assert re.fullmatch(r"parts/sum\.[0-9a-f]{12}\.js", part)
    assert (root / cart).read_text() == f'import {{ add }} from "./{part}";\nadd();\n'


def test_a_script_has_a_new_name_when_what_it_imports_has_changed(root, tmp_path):
    (tmp_path / "source" / "cart.js").write_text('import "./sum.js";\n')
    names = set()
    for version in ("1", "2"):
        (tmp_path / "source" / "sum.js").write_text(f"export const version = {version};\n")
        call_command("collectstatic", interactive=False, verbosity=0)
        names.add(staticfiles_storage.url("cart.js"))

    assert len(names) == 2


def test_every_import_of_our_own_scripts_is_rewritten(root, settings):
    ours = settings.BASE_DIR / "static"
    settings.STATICFILES_DIRS = [ours]

    call_command("collectstatic", interactive=False, verbosity=0)

    imports = 0
    for script in ours.rglob("*.js"):
        url = staticfiles_storage.url(script.relative_to(ours).as_posix())
        collected = root / url.removeprefix("/static/")
        for name in re.findall(r'from "(\..*?)"', collected.read_text()):
            assert re.search(r"\.[0-9a-f]{12}\.js$", name), f"{script.name} imports {name}"
            assert (collected.parent / name).exists()
            imports += 1
    assert imports > 5
