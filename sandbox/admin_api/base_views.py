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

from sandbox.catalog import JsonObject, StoreCatalog
from sandbox.models import ApiCall, Store
from sandbox.server import CONNECTION_KEY
from sandbox.write_lock import exclusive_transaction

from . import faults
from .authentication import RATE_LIMITER, BearerTokenAuthentication, check_api_version


class FaultBeforeWork(Exception):
    """The work is not done: the fault comes first."""

    def __init__(self, fault: JsonObject) -> None:
        self.fault = fault


class AdminApiView(APIView):
    """``operations`` names the operation of each method, as the description does."""

    authentication_classes = [BearerTokenAuthentication]
    operations: ClassVar[dict[str, str]] = {}
    faults: list[JsonObject]
    arrived_at: datetime

    @property
    def store(self) -> Store:
        store: Store = self.request.auth  # type: ignore[assignment]
        return store

    @property
    def catalog(self) -> StoreCatalog:
        return StoreCatalog(self.store.catalog, self.store.currency)

    @property
    def operation(self) -> str:
        return self.operations.get(self.request.method or "", "")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_api_version(request)
        if not RATE_LIMITER.allows(token=self.store.token, limit=self.store.rate_limit):
            raise Throttled(wait=1)
        self.faults = faults.take_faults(store=self.store, operation=self.operation)
        fault = faults.find_fault_after_delays(self.faults, "before")
        if fault is not None:
            raise FaultBeforeWork(fault)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, FaultBeforeWork):
            raise exc
        return super().handle_exception(exc)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.faults, self.arrived_at = [], timezone.now()
        answer: HttpResponseBase | None
        try:
            answer = super().dispatch(request, *args, **kwargs)
            fault = faults.find_fault_after_delays(self.faults, "after")
        except FaultBeforeWork as met:
            answer, fault = None, met.fault
        data = getattr(answer, "data", None)
        if fault is None:
            assert answer is not None
            self.log_call(status=answer.status_code, data=data)
            return answer
        if isinstance(answer, Response):
            answer.render()
        # Logged before the connection is cut: who sees the cut must see the log.
        self.log_call(status=faults.get_sent_status(fault=fault, answer=answer), data=data)
        return faults.apply_fault(fault=fault, answer=answer, connection=request.META[CONNECTION_KEY])

    def log_call(self, *, status: int, data: Any) -> None:
        """Keep the call; one without a known token belongs to no store and is not kept."""
        request = self.request
        if not isinstance(request.auth, Store):
            return
        with exclusive_transaction():
            if not Store.objects.filter(pk=request.auth.pk).exists():
                return
            ApiCall.objects.create(
                store=request.auth,
                at=self.arrived_at,
                operation=self.operation,
                method=request.method or "",
                path=request.path,
                query={key: request.query_params.getlist(key) for key in request.query_params},
                status=status,
                body=_get_request_body(request),
                response=data,
                ip=request.META.get("REMOTE_ADDR", ""),
            )


def _get_request_body(request: Request) -> Any:
    try:
        return request.data or None
    except (APIException, SuspiciousOperation, OSError):
        return None  # no JSON, too large, or cut off: the answer says so
