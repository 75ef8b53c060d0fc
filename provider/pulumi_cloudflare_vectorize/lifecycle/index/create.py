"""create: usually one POST. If its response is lost or the name is taken, first find out what exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

from ...api.client import IndexResponse
from ...api.models import Index
from ...api.retry import may_have_worked
from ...errors import (
    NO_CHANGES,
    AlreadyExistsError,
    DeadlineError,
    NotFoundError,
    PartialResultError,
    RefusedError,
    VectorizeError,
)
from ...waiting import QUIET_S, CancelledError, growing, repeat_until
from ..consent import refuse_to_lose_superseded
from ..context import Context, State
from ..inputs import resolved_shape
from ..metadata_index.reconcile import Change, report_unmanaged
from ..ownership import adoption_problem, parse_time_s
from ..records import IndexKey, Record
from .other_generations import warn_of_other_generations
from .state import fits, is_as_declared, outputs_of

# Allowance for the difference between the clock that dates a response and the one that dates an index.
CLOCK_SLACK_S: Final = 5.0
# POSTs of one creation whose responses were lost. A GET follows each.
MAX_POSTS: Final = 5
# How long the name of a deleted index may stay taken: documented nowhere. The service shows a mutation within two minutes in 99 of
# 100 cases (Cloudflare changelog, 2026-06-30).
NAME_FREE_S: Final = 120.0
_PAUSES: Final = growing(first_s=0.5, longest_s=8.0)


def create(context: Context, inputs: State) -> dict[str, Any]:
    """Create the index that canonical inputs declare, or complete what an interrupted run began.

    Returns:
        The outputs. The ID of the resource is their `name`.

    Raises:
        RefusedError: the name belongs to another index, or the index that this one replaces contains vectors.
        PartialResultError: the index may exist, but that could not be confirmed, or its metadata indexes are not complete.
    """
    refuse_to_lose_superseded(context, inputs)
    warn_of_other_generations(context, inputs)
    return converge(context, inputs)


def converge(context: Context, inputs: State) -> dict[str, Any]:
    """Create what is missing of the index and its metadata indexes, and return the outputs."""
    creation = Creation(context, inputs)
    index = creation.create_or_adopt()
    context.run.keep(context.urn, Record(IndexKey(inputs["accountId"], index.name), index.created_on))
    return _complete_metadata(context, inputs, index, is_new=creation.is_new)


def _complete_metadata(context: Context, inputs: State, index: Index, *, is_new: bool) -> dict[str, Any]:
    wanted, key = inputs["metadataIndexes"], IndexKey(inputs["accountId"], index.name)
    if is_new and not wanted:
        return outputs_of(inputs, index, {})
    change = Change(context.for_metadata_indexes(), key, wanted)
    try:
        live: Mapping[str, str] = change.ensure(wanted) if is_new else change.reconcile()
    except VectorizeError as error:
        raise PartialResultError(
            f'index "{index.name}" exists, but not all of its metadata indexes were created: {error}',
            id=index.name,
            outputs={**outputs_of(inputs, index, {}), **change.outcome()},
        ) from error
    report_unmanaged(context, key, live.keys() - wanted.keys())
    return outputs_of(inputs, index, live)


@dataclass
class Creation:
    """One creation: the POST, and what follows if its response is lost or the name is taken.

    `is_new` is true if the response of the POST confirmed the index. The index then has no vectors and no metadata indexes.
    """

    context: Context
    inputs: State
    started_at: float = field(init=False)
    is_new: bool = field(init=False, default=True)
    lost: VectorizeError | None = field(init=False, default=None)
    taken: AlreadyExistsError | None = field(init=False, default=None)
    taken_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.started_at = self.context.deadline.clock.now()

    def create_or_adopt(self) -> Index:
        """Return the declared index, with as few requests as possible."""
        try:
            found = repeat_until(
                self.post,
                lambda index: index is not None,
                self.context.deadline,
                pauses=_PAUSES,
                is_enough=self._is_enough,
                before_pause=self._report,
                on_exhausted=lambda _: self._fail(),
            )
        except CancelledError as error:
            raise (self._unconfirmed(self.lost, error) if self.lost else error) from None
        return cast("Index", found)

    def post(self) -> Index | None:
        """Send the POST once. None if no such index exists after it: its response was lost, or its name is not free yet."""
        client, account_id = self.context.client, self.inputs["accountId"]
        try:
            return self._confirmed(client.create_index(account_id, body_of(self.inputs), self.context.deadline))
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
        """Return the created index if it is the declared one."""
        inputs = self.inputs
        if index.name == inputs["name"] and is_as_declared(inputs, index):
            return index
        live = {
            "config": index.config.model_dump(include={"dimensions", "metric"}),
            "description": index.description_or(""),
        }
        raise PartialResultError(
            f'cannot create index "{inputs["name"]}": Cloudflare created index "{index.name}" with {index.shape} instead of '
            f"{resolved_shape(inputs['config'])}, or with another description",
            fix="The created index is in the stack's state, and the next `pulumi up` replaces it",
            id=index.name,
            outputs=outputs_of({**inputs, **live}, index, {}),
        )

    def _note_taken(self, error: AlreadyExistsError) -> None:
        if self.taken is None:
            self.taken_at = self.context.deadline.clock.now()
        self.taken = error

    def _taken_s(self) -> float:
        return self.context.deadline.clock.now() - self.taken_at

    def _is_enough(self, posts: int) -> bool:
        return self._taken_s() >= NAME_FREE_S if self.taken else posts >= MAX_POSTS

    def _report(self) -> None:
        if self.taken and self._taken_s() > QUIET_S:
            name, waited_s = self.inputs["name"], self._taken_s()
            self.context.report.progress(
                f'waiting until the name "{name}" of a deleted index is free ({waited_s:.0f} s)'
            )

    def _fail(self) -> NoReturn:
        """Report why there is no index: its name did not become free, or every response was lost."""
        if self.taken:
            raise DeadlineError(
                f'cannot create index "{self.inputs["name"]}": the API returns no such index, but still rejected its name '
                f"after {self._taken_s():.0f} s: {self.taken.fact}",
                fix="Run `pulumi up` again later, or choose another name",
            ) from self.taken
        raise self.lost or AssertionError("the creation ended without a reason")

    def _find(self) -> IndexResponse | None:
        try:
            return self.context.client.get_index(self.inputs["accountId"], self.inputs["name"], self.context.deadline)
        except NotFoundError:
            return None

    def _find_after(self, lost: VectorizeError) -> IndexResponse | None:
        try:
            return self._find()
        except VectorizeError as error:
            raise self._unconfirmed(lost, error) from error

    def _unconfirmed(self, lost: VectorizeError, error: VectorizeError) -> PartialResultError:
        """Make the error of a creation with an unknown outcome. Pulumi stores it, and the next run completes it."""
        return PartialResultError(
            f"{lost.fact}. Whether the index exists could not be read: {error.fact}",
            fix="Run `pulumi up` again, which continues from here",
            id=self.inputs["name"],
            outputs={**self.inputs, "createdOn": "", "modifiedOn": ""},
        )

    def _accept(self, found: IndexResponse, error: VectorizeError) -> Index:
        """Return an existing index if this run created it or may adopt it.

        Raises:
            RefusedError: it is not ours, or differs from the declaration.
        """
        index, inputs = found.index, self.inputs
        self.is_new = False
        if not is_as_declared(inputs, index):
            raise self._other_shape(index) from error
        if inputs["adopt"]:
            self.context.report.info(f'adopted index "{index.name}", created {index.created_on}: adopt is set')
            return index
        info = self.context.client.get_index_info(inputs["accountId"], index.name, self.context.deadline)
        problem = adoption_problem(found, info, has_metadata_indexes=bool(inputs["metadataIndexes"]))
        if problem:
            raise self._not_ours(index, info.vector_count, problem) from error
        if not (self.lost and self._is_recent(found)):
            self.context.report.warning(
                f'adopted index "{index.name}", created {index.created_on}: it has the declared shape, was never written to and is '
                "younger than 24 hours. An interrupted run leaves such an index"
            )
        return index

    def _is_recent(self, found: IndexResponse) -> bool:
        """Return whether the index was created after this creation began, by the server's clock."""
        created_s = parse_time_s(found.index.created_on)
        if created_s is None or found.server_time_s is None:
            return False
        elapsed_s = self.context.deadline.clock.now() - self.started_at
        return created_s >= found.server_time_s - elapsed_s - CLOCK_SLACK_S

    def _other_shape(self, index: Index) -> RefusedError:
        wanted = resolved_shape(self.inputs["config"])
        difference = (
            f"it has {index.shape}, and the program declares {wanted}"
            if not fits(wanted, index.shape)
            else "its description differs from the declared one"
        )
        return RefusedError(
            f"{self._exists(index, self._vector_count(index))}. It cannot be adopted: {difference}",
            fix=f"Declare the shape and description that exist, or choose another name{self._unchanged()}",
        )

    def _not_ours(self, index: Index, vector_count: int, problem: str) -> RefusedError:
        return RefusedError(
            f"{self._exists(index, f'{vector_count:,}')}. It is not what an interrupted run leaves: {problem}",
            fix=f"Set {self.context.terms.adopt} to adopt it, choose another name, or use the stack that owns it. "
            f"If you meant to recreate this index, set the resource option {self.context.terms.delete_before_replace}"
            f"{self._unchanged()}",
        )

    def _exists(self, index: Index, vector_count: str) -> str:
        return (
            f'cannot create index "{index.name}": an index with this name exists in account {self.inputs["accountId"]}. '
            f"It was created {index.created_on} and contains {vector_count} vectors"
        )

    def _vector_count(self, index: Index) -> str:
        client, account_id = self.context.client, self.inputs["accountId"]
        try:
            return f"{client.get_index_info(account_id, index.name, self.context.deadline).vector_count:,}"
        except VectorizeError:
            return "an unknown number of"

    def _unchanged(self) -> str:
        """Return the last sentence, unless this run changed an index of this name or the one that is replaced."""
        run, key = self.context.run, IndexKey(self.inputs["accountId"], self.inputs["name"])
        superseded = run.resource(self.context.urn).superseded
        keys = {key, superseded.record.key if superseded else key}
        is_changed = run.index(key).is_replaced or any(run.index(other).is_changed for other in keys)
        return "" if is_changed else f". {NO_CHANGES}"


def body_of(inputs: State) -> dict[str, Any]:
    """Make the body of the POST, with Cloudflare's names. An empty description is left out."""
    body = {"name": inputs["name"], "config": dict(inputs["config"])}
    return {**body, "description": inputs["description"]} if inputs["description"] else body
