"""Answers are JSON in an envelope, whatever the caller would rather have."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request


class EnvelopeRenderer(JSONRenderer):
    """`{error_code, msg, data}` around what a view returns (R4); `code` is never sent on success (W2)."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is None or response.status_code < 400:
            data = {"error_code": "success", "msg": "success", "data": data}
        return super().render(data, accepted_media_type, renderer_context)


class JsonOnlyNegotiation(BaseContentNegotiation):
    """JSON is all there is, whatever the caller would rather have."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
