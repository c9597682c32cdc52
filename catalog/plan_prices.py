"""Whether Link can charge each price of a plan: a discount may leave too little of a variant's price."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from catalog.models import Product, SellingPlan, Variant
from catalog.models.selling_plan import SellingPlanStatus
from catalog.pricing import find_uncharged_price, list_plan_group_uses
from stores.errors import Problem
from stores.money import format_money, least_charge

PRICES_PREFETCH = "plan_group_uses__group__selling_plans__pricing_policies"


def explain_uncharged_plan(*, plan: SellingPlan, variant: Variant) -> str:
    """Return which price of the plan can't be charged for the variant, as a sentence for staff, or ""."""
    currency = variant.product.default_currency
    price = find_uncharged_price(plan=plan, base_price=variant.price, currency=currency)
    if price is None:
        return ""
    return _(
        "“%(plan)s” would charge %(price)s for “%(variant)s”, which costs %(base)s."
        " The smallest amount that can be charged is %(least)s. Lower the discount, or use a free trial."
    ) % {
        "plan": plan.name,
        "price": format_money(price, currency),
        "variant": variant,
        "base": format_money(variant.price, currency),
        "least": format_money(least_charge(currency), currency),
    }


def require_chargeable_plan(plan: SellingPlan) -> None:
    """Raise Problem if a price of the plan can't be charged for a variant that it is offered for."""
    if plan.status == SellingPlanStatus.ACTIVE:
        products = Product.objects.filter(plan_group_uses__group=plan.group_id).distinct()
        _require_chargeable(products, field="pricing_policy", plan=plan)


def require_chargeable_plans_of(product: Product) -> None:
    """Raise Problem if a price of one of the product's plans can't be charged for one of its variants."""
    _require_chargeable(Product.objects.filter(pk=product.pk), field="selling_plan_group_ids")


def _require_chargeable(products: Iterable[Product], *, field: str, plan: SellingPlan | None = None) -> None:
    variants = (
        Variant.objects.filter(product__in=products, active=True)
        .select_related("product")
        .prefetch_related(f"product__{PRICES_PREFETCH}", "values")
    )
    for variant in variants:
        for use in list_plan_group_uses(variant):
            for offered in use.group.selling_plans.all():
                is_asked = plan is None or offered.pk == plan.pk
                if not is_asked or offered.status != SellingPlanStatus.ACTIVE:
                    continue
                if problem := explain_uncharged_plan(plan=offered, variant=variant):
                    raise Problem(problem, field=field)
