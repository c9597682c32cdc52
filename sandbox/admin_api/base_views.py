"""The frame of every Admin API call: who asks, how often, what goes wrong, and the log."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox.catalog import Catalogue, Row
from sandbox.models import ApiCall, Store
from sandbox.server import CONNECTION
from sandbox.write_lock import writing

from . import faults
from .authentication import RATE_LIMIT, Bearer, check_version


class FaultBefore(Exception):
    """The work is not done: the fault comes first."""

    def __init__(self, fault: Row) -> None:
        self.fault = fault


class AdminView(APIView):
    """``operations`` names the operation of each method, as the description does."""

    authentication_classes = [Bearer]
    operations: ClassVar[dict[str, str]] = {}
    faults: list[Row]
    arrived: datetime

    @property
    def store(self) -> Store:
        store: Store = self.request.auth  # type: ignore[assignment]
        return store

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.store.catalogue, self.store.currency)

    @property
    def operation(self) -> str:
        return self.operations.get(self.request.method or "", "")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_version(request)
        if not RATE_LIMIT.allows(token=self.store.token, limit=self.store.rate_limit):
            raise Throttled(wait=1)
        self.faults = faults.take_faults(store=self.store, operation=self.operation)
        fault = faults.at(self.faults, "before")
        if fault is not None:
            raise FaultBefore(fault)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, FaultBefore):
            raise exc
        return super().handle_exception(exc)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.faults, self.arrived = [], timezone.now()
        answer: HttpResponseBase | None
        try:
            answer = super().dispatch(request, *args, **kwargs)
            fault = faults.at(self.faults, "after")
        except FaultBefore as met:
            answer, fault = None, met.fault
        data = getattr(answer, "data", None)
        if fault is None:
            assert answer is not None
            self.log(status=answer.status_code, data=data)
            return answer
        if isinstance(answer, Response):
            answer.render()
        # Logged before the connection is cut: who sees the cut must see the log.
        self.log(status=faults.status_seen(fault=fault, answer=answer), data=data)
        return faults.spoil(fault=fault, answer=answer, connection=request.META[CONNECTION])

    def log(self, *, status: int, data: Any) -> None:
        """Keep the call; one without a known token belongs to no store and is not kept."""
        request = self.request
        if not isinstance(request.auth, Store):
            return
        with writing():
            if not Store.objects.filter(pk=request.auth.pk).exists():
                return
            ApiCall.objects.create(
                store=request.auth,
                at=self.arrived,
                operation=self.operation,
                method=request.method or "",
                path=request.path,
                query={key: request.query_params.getlist(key) for key in request.query_params},
                status=status,
                body=_body(request),
                response=data,
                ip=request.META.get("REMOTE_ADDR", ""),
            )


def _body(request: Request) -> Any:
    try:
        return request.data or None
    except (APIException, SuspiciousOperation, OSError):
        return None  # no JSON, too large, or cut off: the answer says so
