"""From the JSON of NEXT to the data classes of `schemas`: the store, what it sells and ships, its webhooks.

As lenient as `deserializers`.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from nextcommerce.deserializers import deserialize_order, deserialize_subscription_ids
from nextcommerce.parsing import (
    JsonMapping,
    iter_objects,
    parse_currency,
    parse_id,
    parse_integer,
    parse_list,
    parse_mapping,
    parse_metadata,
    parse_order_number,
    parse_price,
    parse_quantity,
    parse_text,
    parse_texts,
    parse_timestamp,
)
from nextcommerce.schemas import NextEvent
from nextcommerce.statuses import NextEventSubject
from nextcommerce.store_schemas import (
    NextCategory,
    NextGateway,
    NextGatewayGroup,
    NextImage,
    NextProduct,
    NextShippingMethod,
    NextStore,
    NextVariant,
    NextWebhook,
)

# `purchase_availability` of a variant that can't be bought, whatever its stock.
_UNAVAILABLE = "unavailable"
_MAX_URL_LENGTH = 1000
_INTERVALS = frozenset({"day", "week", "month", "year"})


def deserialize_store(data: Any) -> NextStore | None:
    """Return the store, or None if the data is none. It is described as a list; one object will do."""
    row = data[0] if isinstance(data, list) and data else data
    if not isinstance(row, dict):
        return None
    address = parse_mapping(row.get("contact_address"))
    city = " ".join(filter(None, (parse_text(address.get(key)) for key in ("city", "state", "postcode"))))
    lines = (parse_text(address.get("line1")), parse_text(address.get("line2")), city)
    return NextStore(
        name=parse_text(row.get("name")).strip(),
        domain=parse_text(row.get("primary_domain")),
        time_zone=parse_text(row.get("timezone")),
        tax_id=parse_text(row.get("tax_id")),
        company_name=parse_text(address.get("company_name")),
        address_lines=tuple(line.strip() for line in lines if line.strip()),
        country=parse_text(address.get("country")).upper(),
        currencies=_parse_currencies(row.get("available_currencies")),
        languages=tuple(filter(None, map(parse_text, _iter_codes(row.get("available_languages"))))),
        payment_methods=_parse_payment_methods(
            parse_mapping(row.get("payments")).get("available_payment_methods")
        ),
    )


def deserialize_gateway(data: Any) -> NextGateway | None:
    """Return the gateway, or None if the data has no valid id."""
    row = parse_mapping(data)
    gateway_id = parse_id(row.get("id"))
    if gateway_id is None:
        return None
    return NextGateway(
        id=gateway_id,
        name=parse_text(row.get("name")),
        kind=parse_text(row.get("gateway_type")),
        is_active=row.get("active") is True,
        currencies=frozenset(_parse_currencies(row.get("currencies"))),
    )


def deserialize_gateway_group(data: Any) -> NextGatewayGroup | None:
    """Return the group, or None if the data has no valid id."""
    row = parse_mapping(data)
    group_id = parse_id(row.get("id"))
    if group_id is None:
        return None
    return NextGatewayGroup(
        id=group_id,
        name=parse_text(row.get("name")),
        currencies=frozenset(_parse_currencies(row.get("available_currencies"))),
        payment_methods=_parse_payment_methods(row.get("available_payment_methods")),
    )


def _parse_currencies(value: Any) -> tuple[str, ...]:
    """Return the currency codes in a list of codes or of objects, each once."""
    return tuple(dict.fromkeys(filter(None, map(parse_currency, _iter_codes(value)))))


def _parse_payment_methods(value: Any) -> dict[str, frozenset[str]]:
    """Return the currencies by payment method. The items may be objects or codes, and so may currencies."""
    methods = {}
    for item in parse_list(value):
        code = parse_text(item.get("code") if isinstance(item, dict) else item)
        currencies = parse_mapping(item).get("supported_currencies")
        if code:
            methods[code] = frozenset(_parse_currencies(currencies))
    return methods


def _iter_codes(value: Any) -> Iterator[Any]:
    """Yield the items of a list, or their `code` if they are objects."""
    return (item.get("code") if isinstance(item, dict) else item for item in parse_list(value))


def deserialize_shipping_method(data: Any) -> NextShippingMethod:
    """Return the shipping method; without a valid code, its `code` is ""."""
    row = parse_mapping(data)
    listed = [parse_text(item.get("code")) for item in iter_objects(row.get("countries"))]
    countries = tuple(code for code in listed if code)
    return NextShippingMethod(
        code=parse_text(row.get("code")),
        name=parse_text(row.get("name")),
        delivery_time=parse_text(row.get("delivery_time")),
        # No countries means everywhere, but countries without a code are no reason to ship everywhere.
        is_public=row.get("is_public") is not False and bool(countries or not listed),
        countries=countries,
        prices={
            currency: f"{price:f}" for currency, price in _deserialize_prices(row, "price_per_order").items()
        },
    )


def _deserialize_prices(row: JsonMapping, name: str) -> dict[str, Decimal]:
    """Return the prices by currency code; of several in one currency, the first counts."""
    prices: dict[str, Decimal] = {}
    for item in iter_objects(row.get("prices")):
        currency, price = parse_currency(item.get("currency")), parse_price(item.get(name))
        if currency and price is not None:
            prices.setdefault(currency, price)
    return prices


def deserialize_product(data: Any) -> NextProduct:
    """Return the product; it may lack an id or a title."""
    row = parse_mapping(data)
    return NextProduct(
        id=parse_id(row.get("id")),
        title=parse_text(row.get("title")).strip(),
        slug=parse_text(row.get("slug")),
        is_public=row.get("is_public") is not False,
        requires_shipping=any(
            item.get("requires_shipping") is not False for item in iter_objects(row.get("variants"))
        ),
        images=tuple(_deserialize_images(row["images"])) if "images" in row else None,
        variants=tuple(_deserialize_variant(item) for item in iter_objects(row.get("variants"))),
        **_deserialize_subscription_settings(row),
        categories=_deserialize_categories(row),
        description=_parse_stated_text(row, "description"),
        meta_title=_parse_stated_text(row, "meta_title"),
        meta_description=_parse_stated_text(row, "meta_description"),
        updated_at=parse_timestamp(row.get("date_updated")),
    )


def _parse_stated_text(row: JsonMapping, name: str) -> str | None:
    """Return the text, "" for null, and None if the answer doesn't have it."""
    return parse_text(row[name]).strip() if name in row else None


def deserialize_category(data: Any) -> NextCategory | None:
    """Return the category, or None if the data has no valid id or no name."""
    row = parse_mapping(data)
    category_id, name = parse_id(row.get("id")), parse_text(row.get("name")).strip()
    if category_id is None or not name:
        return None
    return NextCategory(category_id, name, parse_text(row.get("slug")).strip("/"))


def _deserialize_categories(row: JsonMapping) -> tuple[NextCategory, ...] | None:
    if "categories" not in row:  # deprecated, so a later version may leave them out
        return None
    return tuple(filter(None, map(deserialize_category, parse_list(row["categories"]))))


def _deserialize_images(value: Any) -> list[NextImage]:
    """Return the pictures in their order, each address once."""
    rows = [item for item in iter_objects(value) if _find_image_url(item)]
    rows.sort(key=lambda row: parse_quantity(row.get("display_order")) or 0)
    images = {
        url: NextImage(url, parse_text(row.get("caption"))) for row in rows if (url := _find_image_url(row))
    }
    return list(images.values())


def _find_image_url(row: JsonMapping) -> str:
    """Return the address of a picture. NEXT describes no name for it, and documents show several."""
    found = (parse_text(row.get(name)) for name in ("original", "src", "url", "attachment"))
    return next((url for url in found if _is_address(url)), "")


def _is_address(text: str) -> bool:
    # `attachment` is described as the picture itself in base64.
    return text.startswith(("https://", "http://", "/")) and len(text) <= _MAX_URL_LENGTH


def _deserialize_variant_images(value: Any) -> tuple[str, ...]:
    """Return the addresses of a variant's pictures: described as one text, shown as a list of objects."""
    if isinstance(value, str):
        return (value,) if _is_address(value) else ()
    return tuple(image.url for image in _deserialize_images(value))


def _deserialize_subscription_settings(row: JsonMapping) -> dict[str, Any]:
    enables_subscription = row.get("enable_subscription")
    interval = parse_text(row.get("interval"))
    counts = (parse_quantity(count) for count in parse_list(row.get("interval_counts")))
    return {
        "enables_subscription": enables_subscription if isinstance(enables_subscription, bool) else None,
        "interval": interval if interval in _INTERVALS else "",
        "interval_counts": tuple(sorted({count for count in counts if count})),
    }


def _deserialize_variant(row: JsonMapping) -> NextVariant:
    return NextVariant(
        id=parse_id(row.get("id")),
        title=parse_text(row.get("title")),
        sku=parse_text(row.get("sku")),
        attributes={
            parse_text(item.get("name")) or parse_text(item.get("code")): parse_text(item.get("value"))
            for item in iter_objects(row.get("variant_attribute_values"))
        },
        prices=_deserialize_prices(row, "price"),
        stock=_deserialize_stock(row),
        retail_prices=_deserialize_prices(row, "retail"),
        gtin=parse_text(row.get("upc")).strip(),
        image_urls=_deserialize_variant_images(row.get("images")),
    )


def _deserialize_stock(row: JsonMapping) -> int | None:
    if row.get("purchase_availability") == _UNAVAILABLE:
        return 0
    if row.get("track_stock") is not True or row.get("allow_backorders") is True:
        return None
    # Backorders can leave a location below zero.
    left = sum(
        (parse_integer(record.get("num_in_stock")) or 0) - (parse_integer(record.get("num_allocated")) or 0)
        for record in iter_objects(row.get("stockrecords"))
    )
    return parse_quantity(max(left, 0))


def deserialize_webhook(data: Any) -> NextWebhook | None:
    """Return the webhook, or None if the data has no valid id."""
    row = parse_mapping(data)
    webhook_id = parse_id(row.get("id"))
    if webhook_id is None:
        return None
    return NextWebhook(
        id=webhook_id,
        target=parse_text(row.get("target")),
        events=frozenset(parse_texts(parse_list(row.get("events")))),
        is_active=row.get("active") is True,
        api_version=parse_text(row.get("api_version")),
        secret=parse_text(row.get("secret_key")),
    )


def deserialize_event(event_type: str, data: Any) -> NextEvent:
    """Return a webhook event by its type and its `data`, which is the subject itself."""
    row = parse_mapping(data)
    subject = NextEventSubject(event_type.partition(".")[0])
    if subject is NextEventSubject.ORDER:
        return NextEvent(subject, order=deserialize_order(row))
    if subject is NextEventSubject.SUBSCRIPTION:
        subscription_id = parse_id(row.get("id"))
        return NextEvent(subject, subscription_ids=(subscription_id,) if subscription_id else ())
    if subject is NextEventSubject.TRANSACTION:
        return NextEvent(
            subject,
            order_number=parse_order_number(row.get("order")),
            subscription_ids=deserialize_subscription_ids(row),
            metadata=parse_metadata(parse_mapping(row.get("attribution")).get("metadata")),
        )
    if subject is NextEventSubject.FULFILLMENT:
        number = parse_order_number(row.get("order_number")) or parse_order_number(row.get("order"))
        return NextEvent(subject, order_number=number)
    if subject is NextEventSubject.PRODUCT:
        return NextEvent(subject, product_id=parse_id(row.get("id")))
    if subject is NextEventSubject.CUSTOMER:
        return NextEvent(subject, email=parse_text(row.get("email")))
    return NextEvent(subject)
