"""The metadata indexes of one index: bring them about, take them away, and wait until the list shows it.

The list is the only truth. A change returns at once and shows later, a duplicate is rejected only once the first one shows
(docs/api-notes.md), and a response may be lost. So the list is read after every change, and before a change is repeated.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..errors import AlreadyExistsError, DeadlineError, NotFoundError, RefusedError, VectorizeError
from ..models import MAX_METADATA_INDEXES
from ..transport import may_have_worked
from ..waiting import CancelledError, wait_until
from .operation import Operation
from .records import IndexKey

Types = Mapping[str, str]
# How long a metadata index may take to appear that an earlier run has created. The service shows a mutation within two minutes in
# 99 of 100 cases (Cloudflare changelog, 2026-06-30).
SETTLE_S: Final = 120.0
# Property → why it is not sure that the change of it was taken.
Unsure = dict[str, VectorizeError]


@dataclass(frozen=True)
class Parent:
    """The index whose metadata indexes are meant."""

    account_id: str
    name: str


def live_types(operation: Operation, parent: Parent) -> dict[str, str]:
    """List what is there: property name → type."""
    return operation.client.list_metadata_indexes(parent.account_id, parent.name, operation.deadline)


@dataclass
class Change:
    """A change of an index's metadata indexes. It records what it began, so that a failure leaves a true state.

    Args:
        operation: what to work with.
        parent: the index.
        wanted: what is declared now.
        before: what was declared before and is known to exist. It may be removed or retyped.
        unconfirmed: what an earlier, failed change began: property name → type if it was created, "" if it was removed.
        separate: properties that the program now declares as resources of their own. They stay as they are.
    """

    operation: Operation
    parent: Parent
    wanted: Types
    before: Types = field(default_factory=dict)
    unconfirmed: Types = field(default_factory=dict)
    separate: Collection[str] = ()
    begun: dict[str, str] = field(init=False, default_factory=dict)

    @property
    def is_begun(self) -> bool:
        """Whether a mutating request may have been sent."""
        return bool(self.begun or self.unconfirmed)

    def reconcile(self) -> dict[str, str]:
        """Make the metadata indexes what is wanted, changing only what has to change, and return what is live in the end.

        Raises:
            RefusedError: there would be more than ten, or one that is not managed has another type. Nothing was sent.
        """
        live, managed = self._settled(), {**self.unconfirmed, **self.before}
        retyped = {name for name, type_ in self.wanted.items() if live.get(name, type_) != type_}
        _refuse_strangers(self.parent, self.wanted, live, retyped - managed.keys())
        unwanted = managed.keys() - self.wanted.keys() - set(self.separate)
        leaving = retyped | (unwanted & live.keys())
        _refuse_eleventh(self.parent, (live.keys() - leaving) | self.wanted.keys())
        remove(self.operation, self.parent, leaving, self.begun)
        missing = {name: type_ for name, type_ in self.wanted.items() if name not in live or name in leaving}
        return self.ensure(missing) if missing else {n: t for n, t in live.items() if n not in leaving}

    def ensure(self, wanted: Types) -> dict[str, str]:
        """Create metadata indexes; see `ensure`."""
        return ensure(self.operation, self.parent, wanted, self.begun)

    def _settled(self) -> dict[str, str]:
        """Return what is live, after a while in which the effects of an earlier change can show that are not wanted."""
        coming = {name for name, type_ in self.unconfirmed.items() if type_ and self.wanted.get(name) != type_}
        going = {name for name, type_ in self.unconfirmed.items() if not type_ and name in self.wanted}
        return settled(self.operation, self.parent, coming, going)

    def outcome(self) -> dict[str, Any]:
        """Return the outputs after a failure: what is live for certain, and what may still appear or vanish."""
        begun = {**self.unconfirmed, **self.begun}
        try:
            live = live_types(self.operation, self.parent)
        except VectorizeError:
            live, done = dict(self.before), set()
        else:
            done = {name for name, type_ in begun.items() if live.get(name, "") == type_}
        unconfirmed = {name: type_ for name, type_ in begun.items() if name not in done}
        managed = begun.keys() | self.before.keys()
        return {
            "metadataIndexes": {n: t for n, t in live.items() if n in managed and n not in unconfirmed},
            "unmanagedMetadataIndexes": {n: t for n, t in live.items() if n not in managed},
            "unconfirmedMetadataIndexes": unconfirmed,
        }


def settled(
    operation: Operation, parent: Parent, coming: Collection[str], going: Collection[str] = ()
) -> dict[str, str]:
    """List what is live, after a while in which metadata indexes can appear or vanish that an earlier run has changed."""
    if not coming and not going:
        return live_types(operation, parent)
    patient = replace(operation, deadline=operation.deadline.restarted(SETTLE_S))
    awaited = [*coming, *going]
    try:
        return wait_until(
            f'{_listed(awaited)} of index "{parent.name}", which an earlier run began to change, is as it left it',
            probe=lambda: live_types(patient, parent),
            done=lambda live: set(coming) <= live.keys() and not set(going) & live.keys(),
            deadline=patient.deadline,
            progress=operation.report.progress,
        )
    except CancelledError:
        raise
    except DeadlineError:
        return live_types(operation, parent)


def ensure(operation: Operation, parent: Parent, wanted: Types, begun: dict[str, str] | None = None) -> dict[str, str]:
    """Create metadata indexes side by side, and return what is live when all of them show with their types.

    `begun` receives what may have been created: property name → type.

    Raises:
        RefusedError: one shows with another type.
        DeadlineError: they did not show in time; the text holds the last list.
    """

    def create(name: str) -> None:
        operation.client.create_metadata_index(parent.account_id, parent.name, name, wanted[name], operation.deadline)

    begun = {} if begun is None else begun
    operation.run.note_changed(IndexKey(parent.account_id, parent.name))
    unsure = _ask_for_all(wanted, create, AlreadyExistsError, lambda name: _noting(begun, name, wanted[name]))

    def look() -> dict[str, str]:
        live = live_types(operation, parent)
        _refuse_strangers(
            parent, wanted, live, {name for name in wanted if live.get(name, wanted[name]) != wanted[name]}
        )
        _ask_again(unsure, unsure.keys() - live.keys(), create, AlreadyExistsError)
        return live

    what = f'{_listed(wanted)} of index "{parent.name}" shows'
    return _wait(operation, what, look, lambda live: wanted.keys() <= live.keys(), unsure)


def remove(operation: Operation, parent: Parent, names: Collection[str], begun: dict[str, str] | None = None) -> None:
    """Delete metadata indexes side by side, and return when none of them shows any more; absent ones are a success.

    `begun` receives what may have been deleted: property name → "".

    Raises:
        DeadlineError: they did not go in time; the text holds the last list.
    """
    if not names:
        return

    def delete(name: str) -> None:
        operation.client.delete_metadata_index(parent.account_id, parent.name, name, operation.deadline)

    begun = {} if begun is None else begun
    operation.run.note_changed(IndexKey(parent.account_id, parent.name))
    unsure = _ask_for_all(names, delete, NotFoundError, lambda name: _noting(begun, name, ""))

    def look() -> dict[str, str]:
        live = live_types(operation, parent)
        _ask_again(unsure, unsure.keys() & live.keys(), delete, NotFoundError)
        return {name: live[name] for name in names if name in live}

    try:
        _wait(operation, f'{_listed(names)} of index "{parent.name}" is gone', look, lambda live: not live, unsure)
    except NotFoundError:
        return


def report_unmanaged(operation: Operation, parent: Parent, names: Collection[str]) -> None:
    """Log the metadata indexes that the index's own declaration does not list. They are never changed."""
    if names:
        operation.report.info(
            f'{_listed(names)} of index "{parent.name}" is not listed under metadata_indexes, and stays as it is'
        )


@contextmanager
def _noting(begun: dict[str, str], name: str, type_: str) -> Iterator[None]:
    """Record a change as begun, unless the API refuses it."""
    before = begun.get(name)
    begun[name] = type_
    try:
        yield
    except (AlreadyExistsError, NotFoundError):
        raise
    except VectorizeError as error:
        if not may_have_worked(error):
            del begun[name]
            if before is not None:
                begun[name] = before
        raise


def _ask_for_all(
    names: Iterable[str],
    ask: Callable[[str], None],
    harmless: type[VectorizeError],
    noting: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> Unsure:
    """Send one change for each name, side by side, and return what became of those that may not have been taken."""
    wanted = sorted(names)
    if not wanted:
        return {}

    def attempt(name: str) -> VectorizeError | None:
        try:
            with noting(name):
                ask(name)
        except harmless as error:
            return error
        except VectorizeError as error:
            if not may_have_worked(error):
                raise
            return error
        return None

    with ThreadPoolExecutor(max_workers=MAX_METADATA_INDEXES) as pool:
        taken = [pool.submit(contextvars.copy_context().run, attempt, name) for name in wanted]
        answers = {name: answer.result() for name, answer in zip(wanted, taken, strict=True)}
    return {name: error for name, error in answers.items() if error}


def _ask_again(
    unsure: Unsure, names: Iterable[str], ask: Callable[[str], None], harmless: type[VectorizeError]
) -> None:
    """Send the changes of some names once more, and keep what is still unsure."""
    asked = set(names)
    still = _ask_for_all(asked, ask, harmless)
    for name in asked - still.keys():
        del unsure[name]
    unsure.update(still)


def _wait(
    operation: Operation,
    what: str,
    look: Callable[[], dict[str, str]],
    done: Callable[[dict[str, str]], bool],
    unsure: Unsure,
) -> dict[str, str]:
    def trouble() -> str:
        return "".join(f"; {error.fact}" for error in list(unsure.values())[-1:])

    return wait_until(what, look, done, operation.deadline, operation.report.progress, trouble=trouble)


def _refuse_strangers(parent: Parent, wanted: Types, live: Types, strangers: Collection[str]) -> None:
    for name in sorted(strangers):
        raise RefusedError(
            f'metadata index "{name}" of index "{parent.name}" exists already as {live[name]}, while {wanted[name]} is declared '
            f"(account {parent.account_id}) — declare the type that exists, or delete it first if nothing filters by it"
        )


def _refuse_eleventh(parent: Parent, names: Collection[str]) -> None:
    if len(names) > MAX_METADATA_INDEXES:
        raise RefusedError(
            f'index "{parent.name}" would have {len(names)} metadata indexes ({", ".join(sorted(names))}), and the API allows '
            f"{MAX_METADATA_INDEXES} (account {parent.account_id}) — remove one of them (nothing was changed)"
        )


def _listed(names: Iterable[str]) -> str:
    return "metadata index " + ", ".join(f'"{name}"' for name in sorted(names))
