"""Where a store sells, and what it does about the law that protects consumers there (docs/law.md)."""

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.countries import CountryCodesField, is_in_eea


class ConsumerLawSettings(models.Model):
    """The part of `Store` about consumer law. No setting changes a label that a law gives."""

    class Switch(models.TextChoices):
        """Whether the store does what a law asks for; automatic: if it sells where the law applies."""

        AUTOMATIC = "automatic", _("automatic")
        ON = "on", _("on")
        OFF = "off", _("off")

    if TYPE_CHECKING:  # columns of `Store`
        currency: models.CharField[str, str]
        countries: CountryCodesField

    # Directive 2011/83/EU, Art. 11a.
    withdrawal_function = models.CharField(
        _("withdrawal function"),
        max_length=10,
        choices=Switch,
        default=Switch.AUTOMATIC,
        help_text=_(
            "Lets consumers withdraw from a contract online, which is required if you sell to the EU. "
            "“Automatic” turns it on if the store ships to a country in the EU or EEA."
        ),
    )
    # § 312k BGB.
    cancellation_page = models.CharField(
        _("cancellation page"),
        max_length=10,
        choices=Switch,
        default=Switch.AUTOMATIC,
        help_text=_(
            "Lets subscribers cancel without signing in, which is required if you sell subscriptions to "
            "Germany. “Automatic” turns it on if the store ships to Germany and has selling plans."
        ),
    )
    # Card schemes ask for at least 7 days, and California for 21 at most.
    reminder_days = models.PositiveSmallIntegerField(
        _("remind subscribers"),
        default=10,
        validators=[MinValueValidator(7), MaxValueValidator(21)],
        help_text=_(
            "How many days before a trial ends, a price changes, or a long period renews. "
            "Between 7 and 21, as card schemes and laws require."
        ),
    )
    # Directive 2011/83/EU, Art. 16 (m).
    early_start_consent = models.CharField(
        _("consent to start at once"),
        max_length=10,
        choices=Switch,
        default=Switch.AUTOMATIC,
        help_text=_(
            "Shoppers who buy digital products that start at once must agree that they lose the right of "
            "withdrawal. “Automatic” asks shoppers in the EU, EEA, and UK."
        ),
    )
    # Directive 2011/83/EU, Art. 8 (7).
    contract_documents = models.CharField(
        _("contract documents by email"),
        max_length=10,
        choices=Switch,
        default=Switch.AUTOMATIC,
        help_text=_(
            "Sends your terms, the withdrawal instructions, and the withdrawal form with each order "
            "confirmation. “Automatic” turns it on if the store ships to a country in the EU or EEA."
        ),
    )
    terms = models.TextField(
        _("terms and conditions"),
        max_length=100_000,
        blank=True,
        help_text=_("Attached to the order confirmation. A link alone isn't enough, because it may change."),
    )
    withdrawal_instructions = models.TextField(
        _("withdrawal instructions"),
        max_length=20_000,
        blank=True,
        help_text=_("Leave blank to use the EU's model text with the name and address above."),
    )
    # Directive 98/6/EC, Art. 6a.
    shows_former_prices = models.BooleanField(
        _("show reductions"),
        default=False,
        help_text=_(
            "For 30 days after a price was lowered, the product page shows the lowest price of the 30 days "
            "before. Nothing is shown for a product that wasn't sold that long."
        ),
    )
    # Directive (EU) 2019/882, Annex V.
    accessibility_statement = models.TextField(
        _("accessibility statement"),
        max_length=20_000,
        blank=True,
        help_text=_("Shown on a page of its own, linked in the footer. The documentation has a template."),
    )
    marketing_confirmation = models.CharField(
        _("confirm newsletter sign-ups"),
        max_length=10,
        choices=Switch,
        default=Switch.AUTOMATIC,
        help_text=_(
            "Shoppers who agree to news get an email with a link to confirm (double opt-in). After that, "
            "NEXT Commerce learns of it with their next order. “Automatic” asks shoppers in Germany and Austria."
        ),
    )
    # Whether any shipping method goes there; null: not known yet (`checkout.shipping_methods`).
    has_eea_shipping = models.BooleanField(null=True, editable=False)
    has_german_shipping = models.BooleanField(null=True, editable=False)
    # Whether the store ever had a selling plan: its subscribers may still want to cancel.
    has_sold_plans = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def home_country(self) -> str:
        """Return the likely country: the first that the store ships to, or else its currency's."""
        return self.countries[0] if self.countries else self.currency[:2]

    @property
    def sells_to_eea(self) -> bool:
        """Return True if the store ships to a country of the European Economic Area."""
        if self.countries:
            return any(is_in_eea(code) for code in self.countries)
        # As long as no shipping method is known, the currency tells where the store sells.
        return is_in_eea(self.home_country) if self.has_eea_shipping is None else self.has_eea_shipping

    @property
    def sells_to_germany(self) -> bool:
        """Return True if the store ships to Germany."""
        if self.countries:
            return "DE" in self.countries
        return self.currency == "EUR" if self.has_german_shipping is None else self.has_german_shipping

    @property
    def has_withdrawal_function(self) -> bool:
        """Return True if every page offers to withdraw from a contract."""
        return self._is_on(self.withdrawal_function, automatically=self.sells_to_eea)

    @property
    def has_cancellation_page(self) -> bool:
        """Return True if every page offers to cancel a subscription."""
        is_due = self.sells_to_germany and self.has_sold_plans
        return self._is_on(self.cancellation_page, automatically=is_due)

    @property
    def has_contract_documents(self) -> bool:
        """Return True if what the law wants in a lasting form goes out with each order confirmation."""
        return self._is_on(self.contract_documents, automatically=self.sells_to_eea)

    def asks_to_start_early(self, country: str) -> bool:
        """Return True if digital goods need the consent of a shopper there; "": the country isn't known."""
        is_due = is_in_eea(country or self.home_country) or (country or self.home_country) == "GB"
        return self._is_on(self.early_start_consent, automatically=is_due)

    def confirms_marketing(self, country: str) -> bool:
        """Return True if a shopper there must confirm by email that they want news."""
        is_due = (country or self.home_country) in {"DE", "AT"} or (not country and self.sells_to_germany)
        return self._is_on(self.marketing_confirmation, automatically=is_due)

    def _is_on(self, switch: str, *, automatically: bool) -> bool:
        return automatically if switch == self.Switch.AUTOMATIC else switch == self.Switch.ON
