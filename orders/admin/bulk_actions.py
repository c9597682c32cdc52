"""What staff do with several orders of the list at once."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staff_log import log_staff_act
from orders import sentences
from orders.admin.order_actions import get_actor_name
from orders.models import Order, OrderReview, OrderTag
from orders.staff_actions import close_order_review
from orders.tags import add_tag, clean_tag_name, remove_tag
from stores.errors import Problem
from wording.sentence import SentenceTemplate

MAX_SLIPS = 250  # four seconds of work
MAX_TAGGED = 1_000


class OrderActionForm(ActionForm):
    """The action, and the tag that two of the actions need."""

    tag = forms.CharField(
        label=gettext_lazy("Tag"),
        required=False,
        max_length=OrderTag.MAX_LENGTH,
        widget=forms.TextInput({"list": "order-tags", "size": 14}),
    )


def refuse_more_than(limit: int, request: HttpRequest, queryset: QuerySet[Order]) -> bool:
    """Return True, with a message, if more orders are selected than one request handles."""
    if queryset.order_by()[: limit + 1].count() <= limit:
        return False
    messages.error(request, _("Select at most %(max)d orders.") % {"max": limit})
    return True


@admin.action(description=gettext_lazy("Packing slips as one PDF"), permissions=["view"])
def print_packing_slips(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, queryset: QuerySet[Order]
) -> HttpResponse | None:
    """Download one page or more for each selected order that has something to ship."""
    # Not with the module: the PDF library takes a quarter of the time in which a process starts.
    from orders.packing_slips import render_packing_slips

    if refuse_more_than(MAX_SLIPS, request, queryset):
        return None
    # The oldest first: in this order they are packed.
    orders = queryset.order_by("created_at", "pk").prefetch_related(
        "items", "addresses", "shipments__items", "shipments__trackings"
    )
    slips = render_packing_slips(list(orders))
    if slips is None:
        messages.info(request, _("None of these orders has anything to ship."))
        return None
    text = sentences.PACKING_SLIPS_PRINTED.fill(count=slips.count)
    log_staff_act(actor=request.user, model=Order, text=text)
    response = HttpResponse(slips.pdf, content_type="application/pdf")
    name = f"packing-slips-{timezone.localtime():%Y%m%d-%H%M}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@admin.action(description=gettext_lazy("Add tag"), permissions=["change"])
def add_tag_to_selected(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, queryset: QuerySet[Order]
) -> None:
    if not refuse_more_than(MAX_TAGGED, request, queryset):
        run_tag_action(request, queryset, add_tag, sentences.TAG_ADDED_TO_ORDERS)


@admin.action(description=gettext_lazy("Remove tag"), permissions=["change"])
def remove_tag_from_selected(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, queryset: QuerySet[Order]
) -> None:
    if not refuse_more_than(MAX_TAGGED, request, queryset):
        run_tag_action(request, queryset, remove_tag, sentences.TAG_REMOVED_FROM_ORDERS)


def run_tag_action(
    request: HttpRequest,
    queryset: QuerySet[Order],
    change: Callable[..., int],
    template: SentenceTemplate,
) -> None:
    """Change the tags of the orders, and tell and log of how many."""
    try:
        name = clean_tag_name(request.POST.get("tag", ""))
    except Problem as problem:
        messages.error(request, problem.message)
        return
    count = change(orders=queryset.order_by().only("pk", "store_id"), name=name)
    text = template.fill(tag=name, count=count)
    log_staff_act(actor=request.user, model=Order, text=text)
    messages.success(request, str(text))


@admin.action(description=gettext_lazy("Close reviews"), permissions=["change"])
def close_selected_reviews(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, queryset: QuerySet[Order]
) -> None:
    """Close the open reviews of the orders, except those about money, which are decided one by one."""
    if refuse_more_than(MAX_TAGGED, request, queryset):
        return
    reviews = OrderReview.objects.open().filter(order__in=queryset.order_by().values("pk"))
    closed = left = 0
    for review in reviews.select_related("order"):
        if review.is_of_payment or review.amount_to_refund:
            left += 1
        elif close_order_review(review=review, actor=get_actor_name(request), note=""):
            closed += 1
            log_staff_act(actor=request.user, row=review.order, text=sentences.REVIEW_CLOSED.fill())
    text = ngettext("%(count)d review closed.", "%(count)d reviews closed.", closed) % {"count": closed}
    messages.success(request, text) if closed else messages.info(request, _("No review was closed."))
    if left:
        text = ngettext(
            "%(count)d review is about a payment or a refund. Decide it on the order's page.",
            "%(count)d reviews are about a payment or a refund. Decide them on the orders' pages.",
            left,
        )
        messages.warning(request, text % {"count": left})
