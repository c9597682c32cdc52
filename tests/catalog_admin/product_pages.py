"""The product pages of the admin, and data for their forms."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

ADD = reverse("admin:catalog_product_add")


def page_of(product):
    return reverse("admin:catalog_product_change", args=[product.pk])


def picture(color="red", kind="PNG"):
    content = io.BytesIO()
    Image.new("RGB", (900, 600), color).save(content, kind)
    return SimpleUploadedFile("photo.png", content.getvalue(), "image/png")


def option_page_of(product, name):
    return reverse("admin:catalog_productoption_change", args=[product.options.get(name=name).pk])


def new_options(*options):
    """Form data for new options: (name, values with a line for each)."""
    data = {"options-TOTAL_FORMS": len(options)}
    for place, (name, *values) in enumerate(options):
        data |= {f"options-{place}-name": name, f"options-{place}-new_values": "\n".join(values)}
    return data


def titles(product):
    return [variant.title for variant in product.variants.all()]
