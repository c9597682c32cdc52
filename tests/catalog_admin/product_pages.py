"""The product pages of the admin, and data for their forms."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

ADD = reverse("admin:catalog_product_add")


def page_of(product):
    return reverse("admin:catalog_product_change", args=[product.pk])


def pictures_of(product):
    return reverse("admin:catalog_product_pictures", args=[product.pk])


def add_pictures(staff, product, *files, **data):
    """Post files to the product's pictures as the page's form does."""
    url = reverse("admin:catalog_product_add_pictures", args=[product.pk])
    return staff.client.post(url, {"pictures": list(files), **data}, follow=True)


def picture(color="red", kind="PNG", name="photo.png"):
    content = io.BytesIO()
    Image.new("RGB", (90, 60), color).save(content, kind)
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def option_page_of(product, name):
    return reverse("admin:catalog_productoption_change", args=[product.options.get(name=name).pk])


def new_options(*options):
    """Form data for new options: (name, values)."""
    data = {"options-TOTAL_FORMS": len(options)}
    for place, (name, *values) in enumerate(options):
        data |= {f"options-{place}-name": name, f"options-{place}-value_line": ", ".join(values)}
    return data


def titles(product):
    return [variant.title for variant in product.variants.all()]
