"""The ASGI application of one emulator: middleware, routes and errors."""

from __future__ import annotations

import logging
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vectorize_emulator import errors
from vectorize_emulator.context import Context, context_of
from vectorize_emulator.envelope import error_items, failure
from vectorize_emulator.errors import ApiError, TesterError
from vectorize_emulator.handlers.control import control_error
from vectorize_emulator.middleware.access import Gate
from vectorize_emulator.middleware.faults import FaultInjector
from vectorize_emulator.middleware.request_log import Recorder
from vectorize_emulator.routes import API, CONTROL, LEGACY, PAGES
from vectorize_emulator.store.database import StoreFailedError

log = logging.getLogger("vectorize_emulator")


def build_app(context: Context) -> Starlette:
    """Build the application of one emulator."""
    app = Starlette(
        routes=[*API, *LEGACY, *CONTROL, *PAGES],
        middleware=[
            Middleware(Recorder, context.requests),
            Middleware(FaultInjector, context.faults, context.connections),
            Middleware(Gate, context),
        ],
        exception_handlers={
            ApiError: _api_error,
            HTTPException: _no_route,
            TesterError: control_error,
            ClientDisconnect: _client_left,
            StoreFailedError: _machine_refused,
            OSError: _machine_refused,
            Exception: _internal_error,
        },
    )
    app.router.redirect_slashes = False
    app.state.context = context
    return app


def _api_error(request: Request, error: Exception) -> Response:
    known = cast("ApiError", error)
    status = known.kind.status
    if known.kind is errors.INDEX_NOT_FOUND:
        status = context_of(request).runtime.missing_status
    is_query = request.url.path.endswith("/query")  # the real service does so only there
    # The rest of such a body is not read.
    headers = {"Connection": "close"} if known.kind in (errors.BODY_TOO_SLOW, errors.BODY_TOO_LARGE) else None
    return failure(error_items(known), status, result_info=is_query, headers=headers)


def _no_route(request: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    if known.status_code == errors.METHOD_NOT_ALLOWED.status:
        refused = ApiError(errors.METHOD_NOT_ALLOWED, method=request.method)
        return failure(error_items(refused), refused.kind.status, headers=dict(known.headers or {}))
    return _api_error(request, ApiError(errors.NO_ROUTE, path=request.url.path.removeprefix("/client/v4")))


def _client_left(_: Request, __: Exception) -> Response:
    return Response(status_code=499)  # the client is gone


def _machine_refused(_: Request, error: Exception) -> Response:
    """Return an error of the machine, such as a full disk, without a traceback."""
    log.error("request failed: %s", error)
    return failure(error_items(ApiError(errors.INTERNAL, detail=error)), errors.INTERNAL.status)


def _internal_error(_: Request, error: Exception) -> Response:
    log.error("request failed: %s", type(error).__name__)
    failed = ApiError(errors.INTERNAL, detail=type(error).__name__)
    return failure(error_items(failed), failed.kind.status, headers={"Connection": "close"})  # as uvicorn does
