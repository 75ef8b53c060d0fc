"""The two kinds of resources, each with the methods that an engine calls. Values are plain dicts with camelCase keys.

A front end translates its requests to these calls, and their results to its responses.
"""

from __future__ import annotations

from typing import Any, Protocol

from .context import State
from .effects import Difference
from .index.check import check as check_index
from .index.create import create as create_index
from .index.delete import delete as delete_index
from .index.diff import diff as diff_index
from .index.read import read as read_index
from .index.state import planned_outputs, planned_update
from .index.update import update as update_index
from .inputs import Checked
from .metadata_index.check import check as check_metadata_index
from .metadata_index.create import create as create_metadata_index
from .metadata_index.delete import delete as delete_metadata_index
from .metadata_index.diff import diff as diff_metadata_index
from .metadata_index.read import read as read_metadata_index
from .metadata_index.state import id_of
from .metadata_index.update import update as update_metadata_index
from .operation import Operation
from .records import Found
from .session import Session


class Kind(Protocol):
    """The lifecycle of one kind of resource. Every method can raise a `VectorizeError`."""

    def __init__(self, session: Session) -> None: ...

    def check(self, operation: Operation, olds: State, news: State) -> Checked:
        """Validate and complete the inputs."""

    def diff(self, operation: Operation, id_: str, olds: State, news: State) -> Difference:
        """Compare the outputs `olds` with checked inputs."""

    def plan_create(self, operation: Operation, inputs: State) -> dict[str, Any]:
        """Return the outputs that a preview of the creation knows."""

    def create(self, operation: Operation, inputs: State) -> dict[str, Any]:
        """Create the resource, and return its outputs."""

    def id_of(self, outputs: State) -> str:
        """Return the ID of a resource with these outputs."""

    def read(self, operation: Operation, id_: str, state: State) -> Found | None:
        """Read the live resource. None if it is gone."""

    def plan_update(self, olds: State, news: State) -> dict[str, Any]:
        """Return the outputs that a preview of the update knows."""

    def update(self, operation: Operation, olds: State, news: State) -> dict[str, Any]:
        """Change the resource in place, and return its outputs."""

    def delete(self, operation: Operation, id_: str, state: State) -> None:
        """Delete the resource."""


class IndexKind:
    """A Vectorize index. Its ID is its name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check(self, operation: Operation, olds: State, news: State) -> Checked:
        """Validate and complete the inputs, and generate the name."""
        return check_index(self._session.for_create(operation), olds, news)

    def diff(self, operation: Operation, id_: str, olds: State, news: State) -> Difference:
        """Compare the outputs with the inputs. A replacement reads the vector count that it would lose."""
        return diff_index(self._session.for_create(operation), id_, olds, news)

    def plan_create(self, operation: Operation, inputs: State) -> dict[str, Any]:
        """Return the outputs that a preview of the creation knows, and record them for functions."""
        self._session.run.plan(operation.urn, inputs)
        return planned_outputs(inputs)

    def create(self, operation: Operation, inputs: State) -> dict[str, Any]:
        """Create the index, and return its outputs."""
        return create_index(self._session.for_create(operation), inputs)

    def id_of(self, outputs: State) -> str:
        """Return the name."""
        return str(outputs["name"])

    def read(self, operation: Operation, id_: str, state: State) -> Found | None:
        """Read the live index. None if it is gone."""
        return read_index(self._session.for_create(operation), id_, state)

    def plan_update(self, olds: State, news: State) -> dict[str, Any]:
        """Return the outputs that a preview of the update knows."""
        return planned_update(olds, news)

    def update(self, operation: Operation, olds: State, news: State) -> dict[str, Any]:
        """Store options, and change metadata indexes."""
        return update_index(self._session.for_create(operation), olds, news)

    def delete(self, operation: Operation, id_: str, state: State) -> None:
        """Delete the index."""
        delete_index(self._session.for_delete(operation), id_, state)


class MetadataIndexKind:
    """A separate metadata index. Its ID is `<index>/<property>`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check(self, operation: Operation, _olds: State, news: State) -> Checked:
        """Validate and complete the inputs."""
        return check_metadata_index(self._session.for_create(operation), news)

    def diff(self, operation: Operation, _id: str, olds: State, news: State) -> Difference:
        """Compare the outputs with the inputs. A replacement reads the vector count of the index."""
        return diff_metadata_index(self._session.for_create(operation), olds, news)

    def plan_create(self, _operation: Operation, inputs: State) -> dict[str, Any]:
        """Return the outputs that a preview of the creation knows."""
        return dict(inputs)

    def create(self, operation: Operation, inputs: State) -> dict[str, Any]:
        """Create the metadata index, and return its outputs."""
        return create_metadata_index(self._session.for_metadata_index(operation), inputs)

    def id_of(self, outputs: State) -> str:
        """Return `<index>/<property>`."""
        return id_of(outputs)

    def read(self, operation: Operation, _id: str, state: State) -> Found | None:
        """Read the live metadata index. None if it is gone."""
        return read_metadata_index(self._session.for_create(operation), state)

    def plan_update(self, olds: State, news: State) -> dict[str, Any]:
        """Return the outputs that a preview of the update knows."""
        return {**olds, **news}

    def update(self, operation: Operation, olds: State, news: State) -> dict[str, Any]:
        """Store options. Complete a metadata index that an earlier run did not see in the list."""
        return update_metadata_index(self._session.for_metadata_index(operation), olds, news)

    def delete(self, operation: Operation, _id: str, state: State) -> None:
        """Delete the metadata index."""
        delete_metadata_index(self._session.for_metadata_index(operation), state)
