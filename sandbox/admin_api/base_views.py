"""The base of every Admin API view: authentication, rate limit, planned faults and the call log."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import APIException, PermissionDenied, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox.catalog import JsonObject, StoreCatalog
from sandbox.models import ApiCall, Store, exclusive_transaction
from sandbox.server import CONNECTION_KEY
from sandbox.switches import FaultMoment

from . import faults
from .authentication import RATE_LIMITER, BearerTokenAuthentication, check_api_version
from .scopes import find_needed_scope


class FaultBeforeWork(Exception):
    """A planned fault that strikes before the work is done."""

    def __init__(self, fault: JsonObject) -> None:
        self.fault = fault


class AdminApiView(APIView):
    """``operations`` maps each HTTP method to its operationId in the API description."""

    authentication_classes = [BearerTokenAuthentication]
    operations: ClassVar[dict[str, str]] = {}
    faults: list[JsonObject]
    arrived_at: datetime
    is_second_delivery = False

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
        if self.is_second_delivery:
            return
        if not RATE_LIMITER.allows(token=self.store.token, limit=self.store.rate_limit):
            raise Throttled(wait=1)
        scope = find_needed_scope(method=request.method or "", path=request.path)
        if scope in self.store.switches["missing_scopes"]:
            raise PermissionDenied
        self.faults = faults.take_faults(store=self.store, operation=self.operation)
        fault = faults.find_fault_after_delays(self.faults, FaultMoment.BEFORE)
        if fault is not None:
            raise FaultBeforeWork(fault)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, FaultBeforeWork):
            raise exc
        return super().handle_exception(exc)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.faults, self.arrived_at = [], timezone.now()
        request.body  # noqa: B018 - kept, so that it can be read again
        response: HttpResponseBase | None
        try:
            response = super().dispatch(request, *args, **kwargs)
            self.change_answer(response)
            if faults.is_delivered_twice(self.faults):
                self.deliver_again(request, *args, **kwargs)
            fault = faults.find_fault_after_delays(self.faults, FaultMoment.AFTER)
        except FaultBeforeWork as before_work:
            response, fault = None, before_work.fault
        data = getattr(response, "data", None)
        if fault is None:
            assert response is not None
            self.log_call(status=response.status_code, data=data)
            return response
        if isinstance(response, Response):
            response.render()
        # Log before cutting the connection: a caller that sees the cut must find it in the log.
        self.log_call(status=faults.get_sent_status(fault=fault, response=response), data=data)
        return faults.apply_fault(fault=fault, response=response, connection=request.META[CONNECTION_KEY])

    def change_answer(self, response: HttpResponseBase) -> None:
        """Apply the faults that change what a call that went well answers."""
        if isinstance(response, Response) and response.status_code == HTTPStatus.OK and self.faults:
            response.data = faults.change_answer(
                faults=self.faults, data=response.data, store=self.store, path=self.request.path
            )

    def deliver_again(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Do what the call asks for a second time. Nobody sees the answer, but it is logged."""
        self.is_second_delivery = True
        answer = super().dispatch(request, *args, **kwargs)
        self.log_call(status=answer.status_code, data=getattr(answer, "data", None))

    def log_call(self, *, status: int, data: Any) -> None:
        """Save the call. A call without a known token belongs to no store and is not saved."""
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
        return None  # not JSON, too large, or cut off; the response says so
