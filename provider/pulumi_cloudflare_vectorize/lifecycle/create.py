"""create: one POST if all goes well. If its response is lost or the name is taken, first find out what exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from tenacity import RetryCallState, Retrying, retry_if_result

from ..client import Seen
from ..declared import resolved_shape
from ..errors import AlreadyExistsError, DeadlineError, NotFoundError, PartialCreateError, RefusedError, VectorizeError
from ..models import Index
from ..transport import may_have_worked
from ..waiting import QUIET_S, Backoff, CancelledError
from . import metadata
from .consent import refuse_to_lose_superseded
from .operation import Operation, State
from .other_generations import warn_of_other_generations
from .ownership import adoption_problem, parse_time_s
from .records import IndexKey
from .state import fits, is_as_declared, outputs_of

# Slack for the difference between the clock of the edge that dates a response and the one that dates an index.
CLOCK_SLACK_S = 5.0
# POSTs of one creation whose responses were lost. Each is followed by a GET.
MAX_POSTS = 5
# How long the name of a deleted index may stay taken: documented nowhere. The service shows a mutation within two minutes in 99 of
# 100 cases (Cloudflare changelog, 2026-06-30).
NAME_FREE_S = 120.0


def create(operation: Operation, inputs: State) -> dict[str, Any]:
    """Create the index that canonical inputs declare, or finish what an interrupted run began.

    Returns:
        The outputs. The id is their `name`.

    Raises:
        RefusedError: the name is another's, has another shape, or the index that this one replaces holds vectors.
        PartialCreateError: the index may exist, but that could not be confirmed, or its metadata indexes are not complete.
    """
    refuse_to_lose_superseded(operation, inputs)
    warn_of_other_generations(operation, inputs)
    return bring_about(operation, inputs)


def bring_about(operation: Operation, inputs: State) -> dict[str, Any]:
    """Bring the index and its metadata indexes into being, and return the outputs."""
    creation = Creation(operation, inputs)
    index = creation.converge()
    operation.run.keep(operation.urn, IndexKey(inputs["accountId"], index.name), index.created_on)
    return _bring_metadata_about(operation, inputs, index, is_new=creation.is_new)


def _bring_metadata_about(operation: Operation, inputs: State, index: Index, *, is_new: bool) -> dict[str, Any]:
    wanted, parent = inputs["metadataIndexes"], metadata.Parent(inputs["accountId"], index.name)
    if is_new and not wanted:
        return outputs_of(inputs, index, {})
    change = metadata.Change(operation.for_metadata_indexes(), parent, wanted)
    try:
        live: Mapping[str, str] = change.ensure(wanted) if is_new else change.reconcile()
    except VectorizeError as error:
        raise PartialCreateError(
            f'index "{index.name}" was created, but not all of its metadata indexes: {error}',
            id=index.name,
            outputs={**outputs_of(inputs, index, {}), **change.outcome()},
        ) from error
    metadata.report_unmanaged(operation, parent, live.keys() - wanted.keys())
    return outputs_of(inputs, index, live)


@dataclass
class Creation:
    """One creation: the POST, and what is found out if its response is lost or the name is taken.

    `is_new` tells, afterwards, whether the response of the POST itself confirmed the index: it is then empty and bare.
    """

    operation: Operation
    inputs: State
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
        try:
            return cast("Index", retrying(self.post))
        except CancelledError as error:
            raise (self._unconfirmed(self.lost, error) if self.lost else error) from None

    def post(self) -> Index | None:
        """Send the POST once; None if no such index exists after it: its response was lost, or its name is not free yet."""
        client, account_id = self.operation.client, self.inputs["accountId"]
        try:
            return self._confirmed(client.create_index(account_id, body_of(self.inputs), self.operation.deadline))
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

    def _confirmed(self, index: Index) -> Index:
        """Return the index that was created, if it is the declared one."""
        inputs = self.inputs
        if index.name == inputs["name"] and is_as_declared(inputs, index):
            return index
        live = {
            "config": index.config.model_dump(include={"dimensions", "metric"}),
            "description": index.description_or(""),
        }
        raise PartialCreateError(
            f'cannot create index "{inputs["name"]}": Cloudflare created index "{index.name}" with {index.shape} instead of '
            f"{resolved_shape(inputs['config'])}, or with another description. "
            "The created index is in the stack's state, and the next `pulumi up` replaces it",
            id=index.name,
            outputs=outputs_of({**inputs, **live}, index, {}),
        )

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
            raise self._unconfirmed(lost, error) from error

    def _unconfirmed(self, lost: VectorizeError, error: VectorizeError) -> PartialCreateError:
        """Make the error of a creation whose outcome is not known: it goes to the state, and the next run finishes it."""
        return PartialCreateError(
            f"{lost.fact}; whether it exists could not be read either: {error} — run `pulumi up` again, which goes on"
            " from here",
            id=self.inputs["name"],
            outputs={**self.inputs, "createdOn": "", "modifiedOn": ""},
        )

    def _accept(self, found: Seen, error: VectorizeError) -> Index:
        """Return an index that exists already, if this run created it or may adopt it.

        Raises:
            RefusedError: it is another's.
        """
        index, inputs = found.index, self.inputs
        self.is_new = False
        if not is_as_declared(inputs, index):
            raise RefusedError(self._other_shape(index)) from error
        if inputs["adopt"]:
            self.operation.report.info(f'adopted index "{index.name}", created {index.created_on}: adopt is set')
            return index
        info = self.operation.client.get_index_info(inputs["accountId"], index.name, self.operation.deadline)
        problem = adoption_problem(found, info, has_metadata_indexes=bool(inputs["metadataIndexes"]))
        if problem:
            raise RefusedError(self._not_ours(index, info.vector_count, problem)) from error
        if not (self.lost and self._is_recent(found)):
            self.operation.report.warning(
                f'adopted index "{index.name}", created {index.created_on}: it has the declared shape, was never written to and is '
                "younger than 24 hours. An interrupted run leaves such an index"
            )
        return index

    def _is_recent(self, found: Seen) -> bool:
        """Return whether the index was created after this creation began, by the server's own clock."""
        created = parse_time_s(found.index.created_on)
        if created is None or found.server_time_s is None:
            return False
        elapsed = self.operation.deadline.clock.now() - self.started
        return created >= found.server_time_s - elapsed - CLOCK_SLACK_S

    def _other_shape(self, index: Index) -> str:
        wanted = resolved_shape(self.inputs["config"])
        difference = (
            f"it has {index.shape}, and the program declares {wanted}"
            if not fits(wanted, index.shape)
            else "its description differs from the declared one"
        )
        return (
            f"{self._exists(index, self._vector_count(index))} and cannot be adopted: {difference}. "
            f"Declare the shape and description that exist, or choose another name{self._unchanged()}"
        )

    def _not_ours(self, index: Index, vector_count: int, problem: str) -> str:
        return (
            f"{self._exists(index, f'{vector_count:,}')}. It is not what an interrupted run left: {problem}. "
            "Set adopt=True to adopt it, choose another name, or use the stack that owns it. "
            "If you meant to recreate this index, set the resource option delete_before_replace=True"
            f"{self._unchanged()}"
        )

    def _exists(self, index: Index, vector_count: str) -> str:
        return (
            f'cannot create index "{index.name}": an index with this name exists in account {self.inputs["accountId"]}. '
            f"It was created {index.created_on}, holds {vector_count} vectors"
        )

    def _vector_count(self, index: Index) -> str:
        client, account_id = self.operation.client, self.inputs["accountId"]
        try:
            return f"{client.get_index_info(account_id, index.name, self.operation.deadline).vector_count:,}"
        except VectorizeError:
            return "an unknown number of"

    def _unchanged(self) -> str:
        """Return the sentence that is true unless this run changed an index of this name, or the one that is to be replaced."""
        run, key = self.operation.run, IndexKey(self.inputs["accountId"], self.inputs["name"])
        superseded = run.superseded(self.operation.urn)
        keys = {key, superseded.record.key if superseded else key}
        is_changed = run.is_replaced(key) or any(map(run.is_changed, keys))
        return "" if is_changed else ". No changes were made"


def body_of(inputs: State) -> dict[str, Any]:
    """Make the body of the POST: Cloudflare's names and nesting. An empty description is left out."""
    body = {"name": inputs["name"], "config": dict(inputs["config"])}
    return {**body, "description": inputs["description"]} if inputs["description"] else body
