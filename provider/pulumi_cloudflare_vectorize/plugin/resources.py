"""The calls for resources: translates between requests and the lifecycle. The first call that needs it imports this module."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from ..config import Settings
from ..errors import RefusedError
from ..lifecycle.context import Reporter, State
from ..lifecycle.kinds import IndexKind, Kind, MetadataIndexKind
from ..lifecycle.naming import name_prefix
from ..lifecycle.operation import Operation
from ..lifecycle.session import Session
from ..lifecycle.terms import SCHEMA
from ..resource_types import INDEX, METADATA_INDEX
from ..unknown import contains_unknown
from ..waiting import Clock, Slots
from .detailed_diff import diff_response
from .functions import LIST_INDEXES, invoke
from .import_ids import index_state, metadata_index_state
from .urns import UrnParts
from .values import from_struct, to_struct


class Resources:
    """Both kinds of resources of one configured provider."""

    def __init__(self, session: Session, slots: Slots) -> None:
        self._session = session
        self._kinds: Mapping[str, Kind] = {
            INDEX.plugin: IndexKind(session),
            METADATA_INDEX.plugin: MetadataIndexKind(session),
        }
        self._slots = slots

    @classmethod
    def of(cls, settings: Settings, reporter: Callable[[str], Reporter], cancelled: threading.Event) -> Resources:
        """Open a session with these settings. `cancelled` ends its waits."""
        clock = Clock(cancelled=cancelled)
        return cls(Session(settings, reporter, SCHEMA, clock), Slots(settings.workers, clock))

    def check(self, request: Any) -> provider_pb2.CheckResponse:
        """Validate and complete the inputs. A failure names its property in the reason only.

        The engine prints the value of a property that a failure names, even a secret one.
        """
        urn = UrnParts.of(request.urn)
        news = from_struct(request.news)
        if urn.type == INDEX.plugin and "name" not in news:
            news.setdefault("namePrefix", name_prefix(urn.project, urn.stack, urn.name))
        checked = self._kind(request).check(_operation(request), from_struct(request.olds), news)
        failures = [
            provider_pb2.CheckFailure(property="", reason=f"{problem.path} {problem.reason}".strip())
            for problem in checked.problems
        ]
        return provider_pb2.CheckResponse(inputs=to_struct(checked.inputs), failures=failures)

    def diff(self, request: Any) -> provider_pb2.DiffResponse:
        """Compare the outputs with the inputs."""
        olds, news = from_struct(request.olds), from_struct(request.news)
        return diff_response(self._kind(request).diff(_operation(request), request.id, olds, news), olds, news)

    def create(self, request: Any) -> provider_pb2.CreateResponse:
        """Create the resource. A preview returns what is known."""
        kind, operation, inputs = self._kind(request), _operation(request), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(kind.plan_create(operation, inputs)))
        with self._slots.one():
            outputs = kind.create(operation, inputs)
        return provider_pb2.CreateResponse(id=kind.id_of(outputs), properties=to_struct(outputs))

    def read(self, request: Any) -> provider_pb2.ReadResponse:
        """Read the live resource. An empty ID means that it is gone.

        Raises:
            RefusedError: an import or a lookup of a resource that does not exist, or whose ID is malformed.
        """
        kind, state = self._kind(request), from_struct(request.properties)
        # A refresh has the inputs of the last run. An import and a lookup have none.
        is_lookup = not (request.inputs.fields or {"createdOn", "indexCreatedOn"} & state.keys())
        if is_lookup:
            state = {**self._state_of_id(request), **state}
        with self._slots.one():
            found = kind.read(_operation(request), kind.id_of(state) if is_lookup else request.id, state)
        if found is None and is_lookup:
            raise RefusedError(f'cannot read "{request.id}": it does not exist', fix="Check the ID and the account")
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=kind.id_of(found.outputs), properties=to_struct(found.outputs), inputs=to_struct(found.inputs)
        )

    def update(self, request: Any) -> provider_pb2.UpdateResponse:
        """Change the resource in place. A preview returns what is known."""
        kind, olds, news = self._kind(request), from_struct(request.olds), from_struct(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(kind.plan_update(olds, news)))
        with self._slots.one():
            return provider_pb2.UpdateResponse(properties=to_struct(kind.update(_operation(request), olds, news)))

    def delete(self, request: Any) -> empty_pb2.Empty:
        """Delete the resource."""
        with self._slots.one():
            self._kind(request).delete(_operation(request), request.id, from_struct(request.properties))
        return empty_pb2.Empty()

    def invoke(self, token: str, arguments: State) -> dict[str, Any]:
        """Call a function."""
        if contains_unknown(arguments):
            raise RefusedError(f'cannot call function "{token}": an argument is not known yet')
        return invoke(token, self._session.for_function(), arguments)

    def list(self, request: Any) -> Iterator[Any]:
        """Yield the indexes of the account, at most `limit`."""
        if request.token != INDEX.plugin:
            raise RefusedError(f'cannot list "{request.token}": only {INDEX.plugin} can be listed')
        indexes = self.invoke(LIST_INDEXES, from_struct(request.query))["indexes"]
        for index in indexes[: request.limit or None]:
            result = provider_pb2.ListResponse.Result(id=index["name"], name=index["name"])
            yield provider_pb2.ListResponse(result=result)

    def _kind(self, request: Any) -> Kind:
        type_ = UrnParts.of(request.urn).type
        kind = self._kinds.get(type_)
        if kind is None:
            raise RefusedError(f'cannot manage a resource of type "{type_}": this provider has no such type')
        return kind

    def _state_of_id(self, request: Any) -> dict[str, Any]:
        is_index = UrnParts.of(request.urn).type == INDEX.plugin
        return index_state(request.id) if is_index else metadata_index_state(request.id)


def _operation(request: Any) -> Operation:
    return Operation(request.urn, getattr(request, "timeout", 0.0))
