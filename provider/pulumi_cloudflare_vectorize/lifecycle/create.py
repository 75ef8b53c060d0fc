"""create: one POST when all goes well; when its answer is lost or the name is taken, first find out what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NoReturn, cast

from tenacity import Retrying, retry_if_result

from ..client import Seen
from ..declared import resolved_shape
from ..errors import AlreadyExistsError, NotFoundError, PartialCreateError, RefusedError, VectorizeError
from ..models import Index
from ..naming import is_generation_of
from ..transport import may_have_worked
from ..waiting import Backoff
from . import metadata
from .operation import Operation, State
from .state import fits, outputs_of

# Slack for the difference between the clock of the edge that dates an answer and the one that dates an index.
CLOCK_SLACK_S = 5.0
# The same for this machine's clock, which dates what an interrupted run has asked for.
LOCAL_CLOCK_SLACK_S = 60.0
# POSTs of one creation. Each is followed by a read when its answer was lost.
MAX_POSTS = 5


def create(operation: Operation, inputs: State) -> dict[str, Any]:
    """Create the index that canonical inputs declare, or converge on the one that an earlier try has left.

    Returns:
        The outputs; the id is their `name`.

    Raises:
        RefusedError: the name is another's, has another shape, or vectors would be left behind in an older generation.
        PartialCreateError: the index may exist, but the API did not say so before the deadline.
    """
    refuse_to_strand_vectors(operation, inputs)
    return bring_about(operation, inputs)


def bring_about(operation: Operation, inputs: State, *, resumed_since_s: float | None = None) -> dict[str, Any]:
    """Bring the index and its metadata indexes into being, and return the outputs.

    Args:
        operation: what to work with.
        inputs: canonical.
        resumed_since_s: when an earlier run sent the POST (Unix time) and never learned what came of it; an index of that name and
            shape that is not older is ours.
    """
    attempt = Creation(operation, inputs, resumed_since_s)
    index = attempt.converge()
    operation.memory.note_made(inputs["accountId"], index.name)
    return outputs_of(inputs, index, _bring_metadata_about(operation, inputs, index, is_new=attempt.is_new))


def _bring_metadata_about(operation: Operation, inputs: State, index: Index, *, is_new: bool) -> Mapping[str, str]:
    wanted, parent = inputs["metadataIndexes"], metadata.Parent(inputs["accountId"], index.name)
    if is_new and not wanted:
        return {}
    waiting = operation.for_metadata_indexes()
    try:
        live = metadata.ensure(waiting, parent, wanted) if is_new else metadata.reconcile(waiting, parent, wanted, ())
    except VectorizeError as error:
        raise PartialCreateError(
            f'index "{index.name}" was created, but not all of its metadata indexes: {error}',
            id=index.name,
            outputs=outputs_of(inputs, index, {}),
        ) from error
    metadata.warn_of_unmanaged(operation, parent, wanted, live)
    return live


def refuse_to_strand_vectors(operation: Operation, inputs: State) -> None:
    """Refuse to go on when an older generation of a generated name still holds vectors, unless `force_destroy` is set."""
    prefix, name = inputs["namePrefix"], inputs["name"]
    if not prefix or inputs["forceDestroy"]:
        return
    listed = operation.memory.directory.all(operation.client, inputs["accountId"], operation.deadline)
    for index in listed.values():
        if index.name != name and is_generation_of(prefix, index.name):
            _refuse_if_filled(operation, inputs, index)


def _refuse_if_filled(operation: Operation, inputs: State, older: Index) -> None:
    try:
        count = operation.client.get_index_info(inputs["accountId"], older.name, operation.deadline).vector_count
    except NotFoundError:
        return
    if count:
        raise RefusedError(
            f'refused to create index "{inputs["name"]}": the index it replaces, "{older.name}", holds {count:,}'
            " vectors, and the new one would be empty — set force_destroy=True to give them up, or keep them: undo the"
            " change, or declare the new index as another resource beside this one (nothing was changed)"
        )


@dataclass
class Creation:
    """One creation: the POST, and what is found out when its answer is lost or the name is taken.

    `is_new` tells, afterwards, whether the index is certain to have been empty and bare when it was accepted.
    """

    operation: Operation
    inputs: State
    resumed_since_s: float | None = None
    started: float = field(init=False)
    is_new: bool = field(init=False, default=True)
    lost: VectorizeError | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.started = self.operation.deadline.clock.now()

    def converge(self) -> Index:
        """Bring the declared index into being with as few requests as that takes, and return it."""
        deadline = self.operation.deadline
        retrying = Retrying(
            retry=retry_if_result(lambda index: index is None),
            wait=Backoff(first_s=0.5, longest_s=8.0),
            stop=lambda state: state.attempt_number >= MAX_POSTS or not deadline.allows(state.upcoming_sleep),
            sleep=deadline.sleep,
            retry_error_callback=lambda _: self.give_up(),
        )
        return cast("Index", retrying(self.post))

    def post(self) -> Index | None:
        """Send the POST once; None when its answer was lost and there is no such index."""
        client, account_id = self.operation.client, self.inputs["accountId"]
        try:
            return client.create_index(account_id, body_of(self.inputs), self.operation.deadline)
        except AlreadyExistsError as error:
            found = self._find()
            if found is None:
                raise
            return self._accept(found, error)
        except VectorizeError as error:
            if not may_have_worked(error):
                raise
            self.lost = error
            found = self._find_after(error)
            return self._accept(found, error) if found else None

    def give_up(self) -> NoReturn:
        """Report the last lost POST."""
        raise self.lost or AssertionError("given up without a reason")

    def _find(self) -> Seen | None:
        try:
            return self.operation.client.get_index(
                self.inputs["accountId"], self.inputs["name"], self.operation.deadline
            )
        except NotFoundError:
            return None

    def _find_after(self, lost: VectorizeError) -> Seen | None:
        try:
            return self._find()
        except VectorizeError as error:
            raise PartialCreateError(
                f"{lost}; whether it exists could not be read either: {error} — run `pulumi up` again, which goes on"
                " from here",
                id=self.inputs["name"],
                outputs={**self.inputs, "createdOn": "", "modifiedOn": "", "requestedOn": self._requested_on()},
            ) from error

    def _accept(self, found: Seen, error: VectorizeError) -> Index:
        index, inputs = found.index, self.inputs
        if not (fits(resolved_shape(inputs["config"]), index.shape) and index.description == inputs["description"]):
            raise RefusedError(_other_shape(inputs, index)) from error
        if self.lost and self._is_recent(found):
            return index
        self.is_new = False
        if is_not_older(index, self.resumed_since_s):
            return index
        is_awaited = self.operation.memory.awaited(inputs["accountId"], index.name)
        if not (inputs["namePrefix"] or inputs["adopt"] or is_awaited):
            raise RefusedError(_not_ours(inputs, index)) from error
        self.operation.report.info(_taken_over(inputs, index))
        return index

    def _requested_on(self) -> str:
        clock = self.operation.deadline.clock
        began = clock.unix_time_s() - (clock.now() - self.started)
        return datetime.fromtimestamp(began, timezone.utc).isoformat()

    def _is_recent(self, found: Seen) -> bool:
        """Whether the index was made after this creation began, by the server's own clock."""
        created = parse_time_s(found.index.created_on)
        if created is None or found.server_time_s is None:
            return False
        elapsed = self.operation.deadline.clock.now() - self.started
        return created >= found.server_time_s - elapsed - CLOCK_SLACK_S


def is_not_older(index: Index, since_s: float | None) -> bool:
    """Whether an index was made at a time (Unix seconds) or later, as far as this machine's clock tells; never without a time."""
    created = parse_time_s(index.created_on)
    return since_s is not None and created is not None and created >= since_s - LOCAL_CLOCK_SLACK_S


def body_of(inputs: State) -> dict[str, Any]:
    """Make the body of the POST: Cloudflare's names and nesting; an empty description is left out."""
    body = {"name": inputs["name"], "config": dict(inputs["config"])}
    return {**body, "description": inputs["description"]} if inputs["description"] else body


def parse_time_s(text: str) -> float | None:
    """Read an RFC 3339 time with 0 to 9 digits of fraction as Unix seconds; None when it is none."""
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    try:
        return datetime.fromisoformat(f"{head}.{digits:0<6.6}{tail[len(digits) :]}" if dot else head).timestamp()
    except ValueError:
        return None


def _describe(shape: object, description: str) -> str:
    return f"{shape}, description {description!r}" if description else f"{shape}, no description"


def _other_shape(inputs: State, index: Index) -> str:
    return (
        f'index "{index.name}" exists already and is another: it has {_describe(index.shape, index.description)}; '
        f"declared are {_describe(resolved_shape(inputs['config']), inputs['description'])} — "
        "declare what exists, or choose another name (nothing was changed)"
    )


def _not_ours(inputs: State, index: Index) -> str:
    return (
        f'index "{index.name}" exists already in account {inputs["accountId"]}, with the declared '
        f"{_describe(index.shape, index.description)} (code 3002) — set adopt=True to take it over with its vectors, "
        "or choose another name (nothing was changed)"
    )


def _taken_over(inputs: State, index: Index) -> str:
    whose = "its generated name belongs" if inputs["namePrefix"] else "the index that it replaces belonged"
    why = "adopt is set" if inputs["adopt"] else f"{whose} to this resource: an interrupted run has left it"
    return f'index "{index.name}" existed already, created {index.created_on}: taken over ({why})'
