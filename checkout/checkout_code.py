"""The discount code of one checkout request: which one counts, what it takes off, and what is remembered."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.http import QueryDict

from checkout.code_check import NO_CODE, CodeCheck, CodeProblem
from checkout.code_session import (
    accepts_typed_codes,
    find_code,
    find_offered_code,
    forget_code_choice,
    remember_code_choice,
)
from checkout.discounts import build_discounts, check_code
from checkout.quote import Discounts, price_lines
from checkout.selection import Selection
from stores.http import ShopRequest
from stores.rate_limits import is_within_limit

REMOVE_CODE = "remove_code"


@dataclass(frozen=True)
class CheckoutDiscounts:
    """What the checkout page knows of discounts.

    `items_rest` is what the code leaves of the items' total. `is_typed` says that the shopper sent the code
    just now.
    """

    check: CodeCheck
    discounts: Discounts
    items_rest: Decimal
    accepts_codes: bool
    is_typed: bool

    @property
    def blocks_payment(self) -> bool:
        """Return True if the shopper must first see what happened to the code."""
        return self.check.is_unchecked or (self.is_typed and self.check.is_refused)

    def refuse_code(self, problem: CodeProblem) -> "CheckoutDiscounts":
        """Return the same with a code that takes nothing off, for this reason."""
        return replace(self.remove_code(), check=replace(self.check, problem=problem))

    def remove_code(self) -> "CheckoutDiscounts":
        """Return the same without a code."""
        rows = tuple(row for row in self.discounts.rows if not row.code)
        return replace(self, check=NO_CODE, discounts=Discounts(rows=rows))


NO_CHECKOUT_DISCOUNTS = CheckoutDiscounts(
    NO_CODE, Discounts(), items_rest=Decimal(0), accepts_codes=False, is_typed=False
)


def read_checkout_discounts(request: ShopRequest, selection: Selection) -> CheckoutDiscounts:
    """Check the request's code and remember what the shopper chose. Makes at most one call to NEXT.

    Raises Problem if a line can't be priced.
    """
    session, store, source = request.session, request.store, selection.source
    offered = find_offered_code(request, selection.link)
    accepts_codes = accepts_typed_codes(store=store, link=selection.link)
    posted = _read_posted_code(request.POST, offered=offered, accepts_codes=accepts_codes)
    code = (
        find_code(session=session, source=source, offered=offered, accepts_codes=accepts_codes)
        if posted is None
        else posted
    )
    lines = price_lines(selection, store)
    check = check_code(
        store=store,
        session=session,
        lines=lines,
        code=code,
        may_ask=lambda: is_within_limit(request, "code"),
    )
    if request.POST.get("update") == REMOVE_CODE or (posted and not check.is_refused):
        remember_code_choice(session=session, source=source, offered=offered, chosen=code)
    elif check.is_refused and code != offered:
        forget_code_choice(session=session, source=source)
    return CheckoutDiscounts(
        check=check,
        discounts=build_discounts(check=check, offers=store.active_offers),
        items_rest=sum((line.total for line in lines), Decimal(0)) - (check.amount or 0),
        accepts_codes=accepts_codes,
        is_typed=bool(posted),
    )


def _read_posted_code(posted: QueryDict, *, offered: str, accepts_codes: bool) -> str | None:
    """Return the code in the posted form: "" for none, or None if the form doesn't say."""
    if posted.get("update") == REMOVE_CODE:
        return ""
    if "code" not in posted:
        return None
    code = posted.get("code", "").strip()
    return code if not code or accepts_codes or code.casefold() == offered.casefold() else None


def drop_code(request: ShopRequest, selection: Selection) -> None:
    """Go on without the code that NEXT refused in an order."""
    offered = find_offered_code(request, selection.link)
    remember_code_choice(session=request.session, source=selection.source, offered=offered, chosen="")
