"""Links to a store's terms and policies."""

from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .store import Store


class FooterLink(models.Model):
    """A link in the footer, next to the pay button, and in emails."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="footer_links", verbose_name=_("store"))
    label = models.CharField(_("text"), max_length=100)
    url = models.URLField(_("URL"), max_length=500, validators=[URLValidator(schemes=["http", "https"])])
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("footer link")
        verbose_name_plural = _("terms and policies")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.label
