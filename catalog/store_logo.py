"""The logo of a store: checked as product pictures are, and stored once, small enough for emails."""

import io
import secrets
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from catalog.images import open_image
from stores.models import Store
from stores.page_cache import clear_page_cache

# Twice as large as it is ever shown.
MAX_SIZE = (640, 240)


def save_store_logo(*, store: Store, file: IO[bytes] | None, alt_text: str) -> None:
    """Save the alternative text, and a new logo if there is a file.

    Raises Problem if the file is too big or not a picture. Earlier logos stay in the storage, because emails
    that were sent show them.
    """
    if file is not None:
        image = open_image(file)
        image.thumbnail(MAX_SIZE, Image.Resampling.LANCZOS)
        store.logo = _write_logo(store, image)
        store.logo_width, store.logo_height = image.size
    store.logo_alt_text = alt_text
    _save(store)


def remove_store_logo(*, store: Store) -> None:
    """Show the store's name again."""
    store.logo, store.logo_alt_text = "", ""
    store.logo_width = store.logo_height = None
    _save(store)


def _write_logo(store: Store, image: Image.Image) -> str:
    """Write the file under a name that was never used, so that every cache may keep it. Return the name."""
    # Pasting into a new image drops the metadata of the original.
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    content = io.BytesIO()
    clean.save(content, format="PNG", optimize=True)
    name = f"logos/{store.pk}-{secrets.token_hex(8)}.png"
    return default_storage.save(name, ContentFile(content.getvalue()))


def _save(store: Store) -> None:
    store.save(update_fields=["logo", "logo_width", "logo_height", "logo_alt_text"])
    clear_page_cache(host=store.host)
