"""Categories in the admin, and the actions of the product list that fill them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from catalog.models import Category, Product
from catalog.product_edits import change_categories
from catalog.sentences import ADDED_TO_CATEGORY, REMOVED_FROM_CATEGORY
from stores.page_cache import clear_page_cache


class CategoryForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        parent, store = data.get("parent"), data.get("store")
        store_id = store.pk if store else self.instance.store_id
        if parent is not None and parent.store_id != store_id:
            self.add_error("parent", _("This category belongs to another store."))
        seen = {self.instance.pk}
        while parent is not None:
            if parent.pk in seen:
                raise ValidationError({"parent": _("A category can't be below itself.")})
            seen.add(parent.pk)
            parent = parent.parent
        return data


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """What the shop groups products by. Those from NEXT Commerce keep a name that staff changed."""

    form = CategoryForm
    list_display = ("name", "parent", "position", "product_count", "store")
    list_editable = ("position",)
    list_filter = ("store",)
    list_select_related = ("store", "parent")
    list_per_page = 100
    ordering = ("position", "name", "id")  # the model's own is lost when products are counted
    search_fields = ("name", "slug")
    fields = ("store", "name", "slug", "parent", "position")

    def view_on_site(self, category: Category) -> str:
        """Return the URL of the category's list on its store's host."""
        return f"{category.store.origin}{category.get_absolute_url()}"

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> Any:
        return ("store",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Category | None = None) -> Any:
        return {} if obj else {"slug": ["name"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).annotate(product_total=Count("products"))

    @admin.display(description=gettext_lazy("Products"), ordering="product_total")
    def product_count(self, category: Category) -> int:
        return category.product_total  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        clear_page_cache(host=obj.store.host)

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        super().delete_model(request, obj)
        clear_page_cache(host=obj.store.host)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        hosts = set(queryset.values_list("store__host", flat=True))
        super().delete_queryset(request, queryset)
        for host in hosts:
            clear_page_cache(host=host)


class ProductActionForm(ActionForm):
    """The action, and the category that two of the actions need."""

    category = forms.ModelChoiceField(
        Category.objects.select_related("store"), label=gettext_lazy("Category"), required=False
    )


@admin.action(description=gettext_lazy("Add to the category"), permissions=["change"])
def add_to_category(
    model_admin: "admin.ModelAdmin[Product]", request: HttpRequest, queryset: QuerySet[Product]
) -> None:
    """Put the selected products into the chosen category."""
    _change_category(model_admin, request, queryset, is_added=True)


@admin.action(description=gettext_lazy("Remove from the category"), permissions=["change"])
def remove_from_category(
    model_admin: "admin.ModelAdmin[Product]", request: HttpRequest, queryset: QuerySet[Product]
) -> None:
    """Take the selected products out of the chosen category."""
    _change_category(model_admin, request, queryset, is_added=False)


def _change_category(
    model_admin: "admin.ModelAdmin[Product]",
    request: HttpRequest,
    queryset: QuerySet[Product],
    *,
    is_added: bool,
) -> None:
    category = Category.objects.select_related("store").filter(pk=request.POST.get("category", "")).first()
    if category is None:
        model_admin.message_user(request, _("Choose a category beside the action."), messages.ERROR)
        return
    products = Product.objects.filter(store=category.store, pk__in=queryset.order_by().values("pk"))
    count = change_categories(products=products, category=category, is_added=is_added)
    template = ADDED_TO_CATEGORY if is_added else REMOVED_FROM_CATEGORY
    text = template.fill(count=count, name=category.name)
    log_staff_act(actor=request.user, model=Product, text=text)
    model_admin.message_user(request, str(text))
