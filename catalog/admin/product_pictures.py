"""The pictures of a product in the admin: adding several, order, descriptions, and the variants of each."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.staff_log import log_staff_act
from catalog import images, pictures, sentences
from catalog.admin.product_picture_forms import (
    AddPicturesForm,
    PictureFormSet,
    PictureVariantsForm,
    make_picture_formset,
)
from catalog.image_download import download_image
from catalog.models import Media, Product
from stores.errors import Problem

ModelAdmin: TypeAlias = "admin.ModelAdmin[Product]"
PictureView = Callable[..., HttpResponse]


def make_picture_urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the addresses of the picture pages."""

    def wrap(view: PictureView) -> PictureView:
        return model_admin.admin_site.admin_view(partial(view, model_admin))

    return [
        path("<path:object_id>/pictures/", wrap(pictures_view), name="catalog_product_pictures"),
        path("<path:object_id>/pictures/add/", wrap(add_pictures_view), name="catalog_product_add_pictures"),
        path(
            "<path:object_id>/pictures/<str:media_id>/",
            wrap(picture_variants_view),
            name="catalog_product_picture_variants",
        ),
    ]


def _find_product(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> Product:
    """Return the product. Raises PermissionDenied unless staff may see it and its pictures."""
    product = get_object_or_404(Product.objects.select_related("store"), pk=unquote(object_id))
    may_see = request.user.has_perm("catalog.view_media") or request.user.has_perm("catalog.change_media")
    if not may_see or not model_admin.has_view_or_change_permission(request, product):
        raise PermissionDenied
    return product


def _may(model_admin: ModelAdmin, request: HttpRequest, product: Product, action: str) -> bool:
    """Return True if staff may change the product and do this to its pictures."""
    return model_admin.has_change_permission(request, product) and request.user.has_perm(
        f"catalog.{action}_media"
    )


def _build_context(model_admin: ModelAdmin, request: HttpRequest, product: Product) -> dict[str, Any]:
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": product,
        "product": product,
        "may_change": _may(model_admin, request, product, "change"),
        "may_add": _may(model_admin, request, product, "add"),
        "may_delete": _may(model_admin, request, product, "delete"),
        "max_bytes": images.MAX_BYTES,
    }


def pictures_view(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the pictures. A POST saves their order and descriptions, and deletes the marked ones."""
    product = _find_product(model_admin, request, object_id)
    context = _build_context(model_admin, request, product)
    formset = make_picture_formset(product, request.POST or None, can_delete=context["may_delete"])
    if request.method == "POST":
        if not context["may_change"]:
            raise PermissionDenied
        if formset.is_valid():
            _save_pictures(model_admin, request, product, formset)
            return redirect("admin:catalog_product_pictures", product.pk)
    shown_by = pictures.list_shown_by(product)
    for form in formset.list_existing():
        form.shown_count = len(shown_by.get(form.instance.pk, []))
    context |= {
        "title": _("Pictures of %(product)s") % {"product": product},
        "formset": formset,
        "add_form": AddPicturesForm(),
        "variant_count": product.variants.count(),
    }
    return TemplateResponse(request, "admin/catalog/product/pictures.html", context)


def _save_pictures(
    model_admin: ModelAdmin, request: HttpRequest, product: Product, formset: PictureFormSet
) -> None:
    changed = pictures.update_pictures(
        product=product,
        order=[form.instance.pk for form in formset.list_kept()],
        descriptions={
            form.instance.pk: form.cleaned_data["alt_text"]
            for form in formset.list_kept()
            if "alt_text" in form.changed_data
        },
        deleted=[form.instance.pk for form in formset.list_deleted()],
    )
    if changed:
        log_staff_act(actor=request.user, row=product, text=sentences.PICTURES_CHANGED.fill())
        messages.success(request, _("Pictures saved."))


def add_pictures_view(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Add files or one from the web. A script that sends one at a time gets JSON."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    product = _find_product(model_admin, request, object_id)
    if not _may(model_admin, request, product, "add"):
        raise PermissionDenied
    form = AddPicturesForm(request.POST, request.FILES)
    problems: list[str]
    is_script = request.accepts("application/json") and not request.accepts("text/html")
    if not form.is_valid():
        problems = [str(error) for errors in form.errors.values() for error in errors]
    else:
        added, problems = _add_pictures(product, form.cleaned_data["pictures"], form.cleaned_data["address"])
        _report_added(model_admin, request, product, added)
    if is_script:
        return JsonResponse({"problems": problems}, status=422 if problems else 200)
    for problem in problems:
        messages.error(request, problem)
    return redirect("admin:catalog_product_pictures", product.pk)


def save_chosen_pictures(
    model_admin: ModelAdmin, request: HttpRequest, product: Product, files: Iterable[UploadedFile]
) -> None:
    """Add the files that staff chose on the product's page, and tell them which couldn't be."""
    added, problems = _add_pictures(product, files)
    _report_added(model_admin, request, product, added)
    for problem in problems:
        messages.error(request, problem)


def _add_pictures(
    product: Product, files: Iterable[UploadedFile], address: str = ""
) -> tuple[int, list[str]]:
    """Add each picture that can be read. Return how many, and a sentence for each that can't."""
    added, problems = 0, []
    for file in files:
        try:
            pictures.add_picture(product=product, file=file)
            added += 1
        except Problem as problem:
            problems.append(f"{file.name}: {problem.message}")
    if address:
        try:
            pictures.add_picture(product=product, file=download_image(address))
            added += 1
        except Problem as problem:
            problems.append(f"{address}: {problem.message}")
    return added, problems


def _report_added(model_admin: ModelAdmin, request: HttpRequest, product: Product, added: int) -> None:
    if not added:
        return
    text = sentences.PICTURES_ADDED.fill(count=added)
    log_staff_act(actor=request.user, row=product, text=text)
    messages.success(request, str(text))


def picture_variants_view(
    model_admin: ModelAdmin, request: HttpRequest, object_id: str, media_id: str
) -> HttpResponse:
    """Choose which variants show a picture first."""
    product = _find_product(model_admin, request, object_id)
    picture = get_object_or_404(Media, pk=media_id, product=product)
    context = _build_context(model_admin, request, product)
    variants = list(product.variants.prefetch_related("values"))
    shown_by = pictures.list_shown_by(product).get(picture.pk, [])
    form = PictureVariantsForm(request.POST or None, choices=variants, initial={"variants": shown_by})
    if request.method == "POST":
        if not context["may_change"]:
            raise PermissionDenied
        form = PictureVariantsForm(request.POST, choices=variants)
        if form.is_valid():
            chosen = form.cleaned_data["variants"]
            if pictures.set_picture_variants(product=product, picture=picture, variant_ids=chosen):
                text = sentences.PICTURE_VARIANTS_CHANGED.fill()
                log_staff_act(actor=request.user, row=product, text=text)
            messages.success(request, _("Pictures saved."))
            return redirect("admin:catalog_product_pictures", product.pk)
    context |= {
        "title": _("Variants that show this picture"),
        "picture": picture,
        "form": form,
        "values": _list_values(variants),
    }
    return TemplateResponse(request, "admin/catalog/product/picture_variants.html", context)


def _list_values(variants: Iterable[Any]) -> list[tuple[str, str]]:
    """Return each value with the IDs of its variants, for buttons that choose them together."""
    found: dict[str, list[str]] = {}
    for variant in variants:
        for value in variant.values.all():
            found.setdefault(value.value, []).append(variant.pk)
    return [(value, " ".join(ids)) for value, ids in found.items() if len(ids) < 2_000]
