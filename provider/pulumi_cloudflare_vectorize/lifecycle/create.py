"""create: one POST when all goes well; when its answer is lost or the name is taken, first find out what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NoReturn, cast

from tenacity import RetryCallState, Retrying, retry_if_result

from ..client import Seen
from ..declared import resolved_shape
from ..errors import AlreadyExistsError, DeadlineError, NotFoundError, PartialCreateError, RefusedError, VectorizeError
from ..models import Index
from ..naming import is_generation_of
from ..transport import may_have_worked
from ..waiting import QUIET_S, Backoff
from . import metadata
from .identity import is_not_older, parse_time_s
from .operation import Operation, State
from .state import fits, outputs_of

# Slack for the difference between the clock of the edge that dates an answer and the one that dates an index.
CLOCK_SLACK_S = 5.0
# POSTs of one creation whose answers were lost. Each is followed by a read.
MAX_POSTS = 5
# How long the name of a deleted index may stay taken: documented nowhere. The service shows a mutation within two minutes in 99 of
# 100 cases (Cloudflare changelog, 2026-06-30).
NAME_FREE_S = 120.0


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
    taken: AlreadyExistsError | None = field(init=False, default=None)
    taken_since: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.started = self.operation.deadline.clock.now()

    def converge(self) -> Index:
        """Bring the declared index into being with as few requests as that takes, and return it."""
        retrying = Retrying(
            retry=retry_if_result(lambda index: index is None),
            wait=Backoff(first_s=0.5, longest_s=8.0),
            stop=self._is_enough,
            sleep=self.operation.deadline.sleep,
            before_sleep=lambda _: self._report(),
            retry_error_callback=lambda _: self._give_up(),
        )
        return cast("Index", retrying(self.post))

    def post(self) -> Index | None:
        """Send the POST once; None when no such index is there after it: its answer was lost, or its name is not free yet."""
        client, account_id = self.operation.client, self.inputs["accountId"]
        try:
            return client.create_index(account_id, body_of(self.inputs), self.operation.deadline)
        except AlreadyExistsError as error:
            self._note_taken(error)
            found = self._find_after(self.lost) if self.lost else self._find()
            return self._accept(found, error) if found else None
        except VectorizeError as error:
            if not may_have_worked(error):
                raise
            self.lost, self.taken = error, None
            found = self._find_after(error)
            return self._accept(found, error) if found else None

    def _note_taken(self, error: AlreadyExistsError) -> None:
        if self.taken is None:
            self.taken_since = self.operation.deadline.clock.now()
        self.taken = error

    def _taken_s(self) -> float:
        return self.operation.deadline.clock.now() - self.taken_since

    def _is_enough(self, state: RetryCallState) -> bool:
        is_enough = self._taken_s() >= NAME_FREE_S if self.taken else state.attempt_number >= MAX_POSTS
        return is_enough or not self.operation.deadline.allows(state.upcoming_sleep)

    def _report(self) -> None:
        if self.taken and self._taken_s() > QUIET_S:
            self.operation.report.progress(f"{self._wait_for_name()} ({self._taken_s():.0f} s)")

    def _wait_for_name(self) -> str:
        return f'waiting until the name "{self.inputs["name"]}" of a deleted index is free'

    def _give_up(self) -> NoReturn:
        """Report why there is no index: its name did not become free, or every POST was lost."""
        if self.taken:
            raise DeadlineError(
                f"{self._wait_for_name()} took longer than {self._taken_s():.0f} s: a GET finds no such index, but "
                f"{self.taken.fact} — run `pulumi up` again later, or choose another name"
            ) from self.taken
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
                f"{lost.fact}; whether it exists could not be read either: {error} — run `pulumi up` again, which goes on"
                " from here",
                id=self.inputs["name"],
                outputs={**self.inputs, "createdOn": "", "modifiedOn": "", "requestedOn": self._requested_on()},
            ) from error

    def _accept(self, found: Seen, error: VectorizeError) -> Index:
        index, inputs = found.index, self.inputs
        is_described = index.description_or(inputs["description"]) == inputs["description"]
        if not (is_described and fits(resolved_shape(inputs["config"]), index.shape)):
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


def body_of(inputs: State) -> dict[str, Any]:
    """Make the body of the POST: Cloudflare's names and nesting; an empty description is left out."""
    body = {"name": inputs["name"], "config": dict(inputs["config"])}
    return {**body, "description": inputs["description"]} if inputs["description"] else body


def _describe(shape: object, description: str | None) -> str:
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
