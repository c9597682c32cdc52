"""Pages: ``next`` and ``previous`` are absolute addresses with an opaque cursor."""

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

from sandbox.catalog import Row
from sandbox.models import Store

M = TypeVar("M", bound=Model)


class NewestFirst(CursorPagination):
    ordering = "-id"
    page_size_query_param = "limit"
    max_page_size = 100


def page(*, request: Request, rows: QuerySet[M], store: Store, show: Callable[[M], Row]) -> Response:
    paginator = NewestFirst()
    paginator.page_size = store.page_size
    found = paginator.paginate_queryset(rows, request) or []
    return paginator.get_paginated_response([show(row) for row in found])


def page_of_list(*, request: Request, rows: list[Row], store: Store, show: Callable[[Row], Row]) -> Response:
    """Pages of the catalogue's rows, which keep their order."""
    start, size = _start(request.query_params.get("cursor")), store.page_size
    return Response(
        {
            "next": _link(request, start + size) if start + size < len(rows) else None,
            "previous": _link(request, max(start - size, 0)) if start else None,
            "results": [show(row) for row in rows[start : start + size]],
        }
    )


def _start(cursor: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor or "MA==").decode())
    except (binascii.Error, ValueError) as error:
        raise NotFound("Invalid cursor") from error


def _link(request: Request, start: int) -> str:
    query: dict[str, Any] = request.query_params.dict()
    query["cursor"] = base64.urlsafe_b64encode(str(start).encode()).decode()
    return f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"
