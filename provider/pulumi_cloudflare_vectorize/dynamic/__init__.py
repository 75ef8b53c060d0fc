"""Pulumi's dynamic resource provider for both resources, as small as a program needs it.

The import paths of the two provider classes are permanent: Pulumi stores them with every resource (docs/internals/state.md). The
work is in `handlers`, which only the provider process imports.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from ..errors import VectorizeError
from .sdk_internals import Call, current_call

if TYPE_CHECKING:
    from .handlers import Handlers

R = TypeVar("R")


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Stop garbage collection during an import. What modules create stays, and searching it takes a third of the import's time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def run_call(method: Callable[[Call], R]) -> R:
    """Run a method for the engine's current call. An error of this package ends the call with one line instead of a traceback."""
    call = current_call()
    try:
        return method(call)
    except VectorizeError as error:
        failure = error
    # Outside of the handler: an abort in it would include a traceback of the errors that it handles, which is too long for the
    # call.
    call.fail(failure)
    raise failure from None


class _Provider(ResourceProvider):
    """The methods of both providers. An instance in a program has no attributes, so Pulumi stores only the name of its class."""

    serialize_as_secret_always = False
    _handlers: Handlers

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and complete the inputs."""
        return run_call(lambda call: self._handlers.check(call, olds, news))

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the state with the inputs."""
        return run_call(lambda call: self._handlers.diff(call, id_, olds, news))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the resource."""
        return run_call(lambda call: self._handlers.create(call, props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live resource."""
        return run_call(lambda call: self._handlers.read(call, id_, props))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change the resource in place."""
        return run_call(lambda call: self._handlers.update(call, id_, olds, news))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the resource."""
        run_call(lambda call: self._handlers.delete(call, id_, props))


class IndexProvider(_Provider):
    """Creates, reads, updates and deletes Vectorize indexes."""

    def configure(self, req: ConfigureRequest) -> None:
        """Read the settings."""
        with no_garbage_collection():
            # Deferred: docs/internals/performance.md, "Imports".
            from ..lifecycle.kinds import IndexKind  # noqa: PLC0415
            from .handlers import Handlers, open_session  # noqa: PLC0415

        self._handlers = Handlers(IndexKind(run_call(lambda _: open_session(req))))


class MetadataIndexProvider(_Provider):
    """Creates, reads, updates and deletes separate metadata indexes."""

    def configure(self, req: ConfigureRequest) -> None:
        """Read the settings."""
        with no_garbage_collection():
            # Deferred: docs/internals/performance.md, "Imports".
            from ..lifecycle.kinds import MetadataIndexKind  # noqa: PLC0415
            from .handlers import Handlers, open_session  # noqa: PLC0415

        self._handlers = Handlers(MetadataIndexKind(run_call(lambda _: open_session(req))))
