"""Settings of drf-spectacular, which generates the OpenAPI document of the REST API."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["stores.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["stores.api.authentication.HasApiKey"],
    "DEFAULT_RENDERER_CLASSES": ["stores.api.renderers.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["stores.api.parsers.TolerantJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "stores.api.renderers.JsonOnlyNegotiation",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "stores.api.errors.api_exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": False,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Storefront API",
    "DESCRIPTION": (
        "Manage the payment links, products, orders, customers, and subscriptions of one store.\n\n"
        "- Authenticate with an API key from the admin as the user name and an empty password: "
        "`curl -u sk_test_…: https://shop.example.com/v1/orders`\n"
        "- A success is 200 with `error_code` “success”, `msg`, and `data`. An error has the matching HTTP "
        "status, `code`, `error_code`, `msg`, and, for invalid fields, `errors` by field.\n"
        "- Amounts are in major units (29.99). Times are Unix seconds. No path ends in a slash.\n"
        "- Lists of links, products, and plans count pages from 0, with `page` and `page_size`. Orders count "
        "from 1. Subscriptions and invoices take `offset` and `limit`.\n"
        "- Shoppers can buy a variant once it has a `next_variant_id`, which no other variant of the store "
        "has, and a price that can be charged (from 0.50 in USD and EUR). A link's page is at its `url`."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "PATH_CONVERTER_OVERRIDES": {"api_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "InvoiceStatusEnum": "subscriptions.api.invoice_serializers.INVOICE_STATUSES",
        "OrderStatusEnum": "orders.api.serializers.ORDER_STATUSES",
        "SellingPlanStatusEnum": "catalog.models.selling_plan.SellingPlanStatus.values",
        "SubscriptionStatusEnum": "subscriptions.api.subscription_serializers.SUBSCRIPTION_STATUSES",
        "SwatchTypeEnum": "catalog.api.product_serializers.SWATCH_TYPES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "stores.api.openapi.describe_success_responses",
    ],
}
