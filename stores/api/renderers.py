"""Rendering of responses: always JSON, in an envelope."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request


class EnvelopeRenderer(JSONRenderer):
    """Wraps successful responses in `{error_code, msg, data}` (R4), without a `code` (W2)."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is None or response.status_code < 400:
            data = {"error_code": "success", "msg": "success", "data": data}
        return super().render(data, accepted_media_type, renderer_context)


class JsonOnlyNegotiation(BaseContentNegotiation):
    """Always selects JSON, whatever the caller accepts or sends."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
