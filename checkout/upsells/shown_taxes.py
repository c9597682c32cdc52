"""The taxes of an upsell, saved as shown, so that its page says the same until it is answered."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from checkout.models import UpsellAttempt
from checkout.taxes import QuoteTaxLine, Taxes, TaxStatus, merge_tax_lines


@dataclass(frozen=True)
class ShownTaxes:
    """An upsell's taxes for the templates that show those of a quote."""

    currency: str
    tax_mode: str
    tax_status: TaxStatus
    tax_total: Decimal
    tax_rows: list[QuoteTaxLine]

    @property
    def lacks_tax(self) -> bool:
        """Return True if tax may come on top of the amount, and nobody knows yet how much."""
        return self.tax_status in {TaxStatus.AT_PAYMENT, TaxStatus.NEEDS_ADDRESS}


def snapshot_taxes(taxes: Taxes) -> dict[str, Any]:
    """Return the taxes for `UpsellAttempt.shown_taxes`."""
    return {
        "mode": taxes.mode,
        "status": taxes.status.value,
        "lines": [
            {
                "name": line.name,
                "rate": str(line.rate),
                "amount": str(line.amount),
                "is_included": line.is_included,
            }
            for line in merge_tax_lines(taxes.lines)
        ],
    }


def read_shown_taxes(attempt: UpsellAttempt) -> ShownTaxes:
    """Return the taxes that the attempt was shown with."""
    saved = attempt.shown_taxes
    return ShownTaxes(
        currency=attempt.currency,
        tax_mode=saved["mode"],
        tax_status=TaxStatus(saved["status"]),
        tax_total=attempt.tax,
        tax_rows=[
            QuoteTaxLine(
                name=line["name"],
                rate=Decimal(line["rate"]),
                amount=Decimal(line["amount"]),
                is_included=line["is_included"],
            )
            for line in saved["lines"]
        ],
    )
