"""The options to choose from on a product or payment link page, such as sizes and colors."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Media, OptionValue, Variant
from catalog.product_listing import ProductListing


@dataclass(frozen=True)
class OptionValueChoice:
    """One value of an option. Values that no variant has are left out."""

    value: str
    color: str
    picture: Media | None
    checked: bool
    sold_out: bool


@dataclass(frozen=True)
class OptionChoice:
    """An option such as "Size", with the form field `option_Size`."""

    name: str
    values: list[OptionValueChoice]

    @property
    def field(self) -> str:
        return f"option_{self.name}"

    @property
    def chosen(self) -> str:
        return next((value.value for value in self.values if value.checked), "")


def build_option_choices(listing: ProductListing, chosen: Variant) -> list[OptionChoice]:
    media = {picture.pk: picture for picture in listing.product.media.all()}
    sold = _map_option_values(listing.variants)
    in_stock = _map_option_values(variant for variant in listing.variants if not listing.is_sold_out(variant))
    checked = _map_option_values([chosen])
    options: dict[str, list[OptionValueChoice]] = {}
    for value in sorted(sold.values(), key=_display_order):
        is_color = value.swatch_type == OptionValue.Swatch.COLOR
        choice = OptionValueChoice(
            value=value.value,
            color=value.swatch_value if is_color else "",
            picture=media.get(value.swatch_media_id or ""),
            checked=value.pk in checked,
            sold_out=value.pk not in in_stock,
        )
        options.setdefault(value.option.name, []).append(choice)
    return [OptionChoice(name=name, values=values) for name, values in options.items()]


def _map_option_values(variants: Iterable[Variant]) -> dict[int, OptionValue]:
    """Return the option values of any of the variants, by their IDs."""
    return {value.pk: value for variant in variants for value in variant.values.all()}


def _display_order(value: OptionValue) -> tuple[int, int, int, int]:
    return value.option.position, value.option_id, value.position, value.pk
