"""The addresses of a product's pictures in NEXT, and what tells one picture from another."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin, urlsplit

from nextcommerce.store_schemas import NextProduct, NextVariant

# More than any page shows.
MAX_PICTURES = 100
_MAX_LENGTH = 500


@dataclass(frozen=True)
class SellablePicture:
    """A picture with its absolute URL. The key tells whether it is one that we have."""

    key: str
    url: str
    caption: str


@dataclass(frozen=True)
class NextPictures:
    """The pictures of a product and its variants. `keys` has the key of each address in the answer."""

    pictures: list[SellablePicture]
    keys: Mapping[str, str]
    product_keys: Sequence[str]

    def list_own_keys(self, variant: NextVariant) -> list[str]:
        """Return the variant's own pictures. NEXT answers with the product's for one that has none."""
        found = dict.fromkeys(self.keys[url] for url in variant.image_urls if url in self.keys)
        keys = list(found)
        return [] if keys in (list(self.product_keys), list(self.product_keys[:1])) else keys


def list_next_pictures(next_product: NextProduct, *, base_url: str) -> NextPictures:
    """Return the product's pictures in order, then those that only variants have.

    Addresses that lack a host are completed with `base_url`.
    """
    images = next_product.images or ()
    of_variants = (address for variant in next_product.variants for address in variant.image_urls)
    captions = {image.url: image.caption for image in images}
    captions = {**dict.fromkeys([*captions, *of_variants], ""), **captions}
    keys = _find_keys(captions, base_url)
    pictures: dict[str, SellablePicture] = {}
    for address, key in islice(keys.items(), MAX_PICTURES):
        pictures.setdefault(key, SellablePicture(key, urljoin(base_url, address), captions[address][:200]))
    return NextPictures(
        pictures=list(pictures.values()),
        keys={address: key for address, key in keys.items() if key in pictures},
        product_keys=list(dict.fromkeys(keys[image.url] for image in images if image.url in keys)),
    )


def _find_keys(addresses: Iterable[str], base_url: str) -> dict[str, str]:
    """Return the key of each web address: without its query, which may be a signature that changes.

    If several differ in the query alone, it tells them apart and stays.
    """
    urls = {address: _complete_url(address, base_url) for address in addresses}
    plain = {url: url.partition("?")[0] for url in urls.values() if url}
    counts = Counter(plain.values())
    keys = {url: without if counts[without] == 1 else url for url, without in plain.items()}
    return {address: keys[url] for address, url in urls.items() if url and len(keys[url]) <= _MAX_LENGTH}


def _complete_url(address: str, base_url: str) -> str:
    """Return the absolute URL without its fragment, or "" if it isn't one of the web."""
    try:
        url = urljoin(base_url, address).partition("#")[0]
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"https", "http"} and parts.hostname else ""
