"""Front end 1: the Pulumi dynamic resource providers, as thin as a program needs them to declare resources.

Their import paths are permanent state formats (docs/state.md): Pulumi stores them with every resource. What they do is in
`calls`, which only the provider's own process imports: the core and its libraries take longer to import than Pulumi's SDK does.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from .errors import VectorizeError
from .servicer import Call

if TYPE_CHECKING:
    from .calls import IndexCalls, MetadataIndexCalls

P = ParamSpec("P")
R = TypeVar("R")

PROVIDER_KEY = "__provider"


def clean_errors(method: Callable[P, R]) -> Callable[P, R]:
    """Let this package's errors reach the person as one line, not as a traceback."""

    @functools.wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except VectorizeError as error:
            failure = error
        # Not in the handler: the server sends a traceback along, and with the errors behind it that outgrows the call's end.
        Call.current().fail(failure)
        raise failure from None

    return wrapper


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Look for no garbage during an import: what modules make stays, and looking through it takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Provider(ResourceProvider):
    """What both providers are: without attributes in a program, so that their names are all that Pulumi stores of them."""

    serialize_as_secret_always = False
    _calls: IndexCalls | MetadataIndexCalls

    @clean_errors
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and complete the inputs."""
        return self._calls.check(olds, news)

    @clean_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Say what a change means."""
        return self._calls.diff(id_, olds, news)

    @clean_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the resource."""
        return self._calls.create(props)

    @clean_errors
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the resource as it is."""
        return self._calls.read(id_, props)

    @clean_errors
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change the resource in place."""
        return self._calls.update(id_, olds, news)

    @clean_errors
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the resource."""
        self._calls.delete(id_, props)


class IndexProvider(_Provider):
    """Creates, reads, updates and deletes Vectorize indexes."""

    @clean_errors
    def configure(self, req: ConfigureRequest) -> None:
        """Become ready for calls."""
        with no_garbage_collection():
            from .calls import IndexCalls  # noqa: PLC0415 -- not in a program: see above

        self._calls = IndexCalls(req)


class MetadataIndexProvider(_Provider):
    """Creates, reads and deletes single metadata indexes."""

    @clean_errors
    def configure(self, req: ConfigureRequest) -> None:
        """Become ready for calls."""
        with no_garbage_collection():
            from .calls import MetadataIndexCalls  # noqa: PLC0415 -- not in a program: see above

        self._calls = MetadataIndexCalls(req)
