"""Pagination: ``next`` and ``previous`` are absolute URLs with an opaque cursor."""

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.catalog import JsonObject
from sandbox.models import Store

ModelT = TypeVar("ModelT", bound=Model)


class NewestFirstPagination(CursorPagination):
    ordering = "-id"
    page_size_query_param = "limit"
    max_page_size = 100


def paginate_rows(
    *, request: Request, rows: QuerySet[ModelT], store: Store, serialize: Callable[[ModelT], JsonObject]
) -> Response:
    paginator = NewestFirstPagination()
    paginator.page_size = store.page_size
    page = paginator.paginate_queryset(rows, request) or []
    return paginator.get_paginated_response([serialize(row) for row in page])


def paginate_list(
    *, request: Request, rows: list[JsonObject], store: Store, serialize: Callable[[JsonObject], JsonObject]
) -> Response:
    """Paginate rows of the catalog in their own order."""
    start, size = _decode_cursor(request.query_params.get("cursor")), store.page_size
    return Response(
        {
            "next": _build_page_url(request, start + size) if start + size < len(rows) else None,
            "previous": _build_page_url(request, max(start - size, 0)) if start else None,
            "results": [serialize(row) for row in rows[start : start + size]],
        }
    )


def _decode_cursor(cursor: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor or "MA==").decode())
    except (binascii.Error, ValueError) as error:
        raise NotFound("Invalid cursor") from error


def _build_page_url(request: Request, start: int) -> str:
    query: dict[str, Any] = request.query_params.dict()
    query["cursor"] = base64.urlsafe_b64encode(str(start).encode()).decode()
    return f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"
