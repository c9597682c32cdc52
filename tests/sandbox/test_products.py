"""Products of a sandbox store: pictures, categories, changes with their events, and sample catalogs."""

import io
import json

import requests
from PIL import Image

from tests.sandbox.conftest import Listener
from tests.sandbox_process import SandboxProcess, SandboxStore


def test_sample_catalog_has_pictures_texts_and_categories(sandbox: SandboxProcess) -> None:
    store = sandbox.create_store(catalogue={"sample_products": 30}, page_size=100)

    rows = store.call("GET", "products/").json()["results"]
    first = store.call("GET", f"products/{rows[0]['id']}/").json()

    assert len(rows) == 30
    assert "<p>" in first["description"]
    assert "description" not in rows[0]
    assert all(row["images"] and row["categories"] and row["variants"] for row in rows)
    picture = requests.get(first["images"][0]["attachment"], timeout=10).content
    assert Image.open(io.BytesIO(picture)).size == (1000, 1000)
    slugs = [row["slug"] for row in store.call("GET", "categories/").json()["results"]]
    assert "kitchen/new" in slugs


def test_variant_without_a_picture_has_that_of_its_product(sandbox_store: SandboxStore) -> None:
    catalog = sandbox_store.settings["catalogue"]
    catalog["products"][0]["images"] = [{"src": "/sandbox/pictures/1.jpg"}]
    catalog["products"][0]["variants"][1]["image"] = "/sandbox/pictures/2.jpg"
    sandbox_store.configure(catalogue=catalog)

    product = sandbox_store.call("GET", "products/1/").json()

    assert [image["attachment"].rpartition("/")[2] for image in product["images"]] == ["1.jpg", "2.jpg"]
    assert [row["images"].rpartition("/")[2] for row in product["variants"]] == ["1.jpg", "2.jpg"]


def test_changed_and_removed_products_send_events(sandbox_store: SandboxStore, listener: Listener) -> None:
    sandbox_store.add_webhook(listener.webhook_url, "product.created", "product.updated", "product.deleted")
    address = f"{sandbox_store.control_url}/products"
    variant = {"id": 991, "price": "5.00"}

    requests.patch(f"{address}/1", json={"title": "Tin mug"}, timeout=10).raise_for_status()
    requests.patch(
        f"{address}/99", json={"title": "Pin", "variants": [variant]}, timeout=10
    ).raise_for_status()
    requests.delete(f"{address}/2", timeout=10).raise_for_status()

    events = {
        event["event_type"]: event["data"] for event in (json.loads(post.body) for post in listener.wait(3))
    }
    assert events["product.updated"]["title"] == "Tin mug"
    assert events["product.created"]["id"] == 99
    assert events["product.deleted"] == {"id": 2}
    assert sandbox_store.call("GET", "products/2/").status_code == 404
    assert sandbox_store.call("GET", "products/1/").json()["title"] == "Tin mug"
