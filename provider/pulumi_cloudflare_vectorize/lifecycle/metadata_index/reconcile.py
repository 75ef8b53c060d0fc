"""Creates and deletes the metadata indexes of one index, and waits until the list shows the result.

Only the list counts. A change returns at once and shows later, a duplicate is rejected only once the first one shows
(docs/internals/api-notes.md), and a response may be lost. So the list is read after every change, and before a change is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ...api.models import MAX_METADATA_INDEXES
from ...api.retry import may_have_worked
from ...errors import NO_CHANGES, AlreadyExistsError, DeadlineError, NotFoundError, RefusedError, VectorizeError
from ...waiting import CancelledError, wait_until
from ..context import Context
from ..records import IndexKey

Types = Mapping[str, str]
# How long a metadata index of an earlier run may take to appear. The service shows a mutation within two minutes in
# 99 of 100 cases (Cloudflare changelog, 2026-06-30).
SETTLE_S: Final = 120.0
# Property → why its change may not have had its effect.
Unsure = dict[str, VectorizeError]


def live_types(context: Context, key: IndexKey) -> dict[str, str]:
    """List the metadata indexes of an index: property name → type."""
    return context.client.list_metadata_indexes(key.account_id, key.name, context.deadline)


@dataclass
class Change:
    """A change of the metadata indexes of an index. It records what it began, so that the state is correct after a failure.

    Args:
        context: of this call.
        key: the index.
        wanted: what is declared now.
        before: what was declared before and is known to exist. It may be removed or retyped.
        unconfirmed: what an earlier, failed change began: property name → type if it was created, "" if it was removed.
        separate: properties that the program now declares as resources of their own. They stay as they are.
    """

    context: Context
    key: IndexKey
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
        """Change only what differs from what is wanted, and return what is live at the end.

        Raises:
            RefusedError: there would be more than ten, or an unmanaged one has another type. Nothing was sent.
        """
        live, managed = self._settled(), {**self.unconfirmed, **self.before}
        retyped = {name for name, type_ in self.wanted.items() if live.get(name, type_) != type_}
        _refuse_other_type(self.key, self.wanted, live, retyped - managed.keys())
        unwanted = managed.keys() - self.wanted.keys() - set(self.separate)
        leaving = retyped | (unwanted & live.keys())
        _refuse_eleventh(self.key, (live.keys() - leaving) | self.wanted.keys())
        remove(self.context, self.key, leaving, self.begun)
        missing = {name: type_ for name, type_ in self.wanted.items() if name not in live or name in leaving}
        return self.ensure(missing) if missing else {n: t for n, t in live.items() if n not in leaving}

    def ensure(self, wanted: Types) -> dict[str, str]:
        """Create metadata indexes. See the function `ensure`."""
        return ensure(self.context, self.key, wanted, self.begun)

    def _settled(self) -> dict[str, str]:
        """Return what is live, after unwanted effects of an earlier change had time to show."""
        coming = {name for name, type_ in self.unconfirmed.items() if type_ and self.wanted.get(name) != type_}
        going = {name for name, type_ in self.unconfirmed.items() if not type_ and name in self.wanted}
        return settled(self.context, self.key, coming, going)

    def outcome(self) -> dict[str, Any]:
        """Return the outputs after a failure: what is certainly live, and what may still appear or disappear."""
        begun = {**self.unconfirmed, **self.begun}
        try:
            live = live_types(self.context, self.key)
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


def settled(context: Context, key: IndexKey, coming: Collection[str], going: Collection[str] = ()) -> dict[str, str]:
    """List what is live, after the changes of an earlier run had time to show: those that appear, and those that disappear."""
    if not coming and not going:
        return live_types(context, key)
    patient = replace(context, deadline=context.deadline.restarted(SETTLE_S))
    awaited = [*coming, *going]
    try:
        return wait_until(
            f'{_listed(awaited)} of index "{key.name}", which an earlier run began to change, has settled',
            probe=lambda: live_types(patient, key),
            is_done=lambda live: set(coming) <= live.keys() and not set(going) & live.keys(),
            deadline=patient.deadline,
            progress=context.report.progress,
        )
    except CancelledError:
        raise
    except DeadlineError:
        return live_types(context, key)


def ensure(context: Context, key: IndexKey, wanted: Types, begun: dict[str, str] | None = None) -> dict[str, str]:
    """Create metadata indexes in parallel, and return what is live when the list shows all of them with their types.

    `begun` receives what may have been created: property name → type.

    Raises:
        RefusedError: one has another type.
        DeadlineError: the list did not show them in time. The text contains the last list.
    """

    def create(name: str) -> None:
        context.client.create_metadata_index(key.account_id, key.name, name, wanted[name], context.deadline)

    begun = {} if begun is None else begun
    context.run.index(key).is_changed = True
    unsure = _send_all(wanted, create, AlreadyExistsError, lambda name: _noting(begun, name, wanted[name]))

    def probe() -> dict[str, str]:
        live = live_types(context, key)
        _refuse_other_type(key, wanted, live, {name for name in wanted if live.get(name, wanted[name]) != wanted[name]})
        _send_again(unsure, unsure.keys() - live.keys(), create, AlreadyExistsError)
        return live

    what = f'{_listed(wanted)} of index "{key.name}" shows'
    return _wait(context, what, probe, lambda live: wanted.keys() <= live.keys(), unsure)


def remove(context: Context, key: IndexKey, names: Collection[str], begun: dict[str, str] | None = None) -> None:
    """Delete metadata indexes in parallel, and return when the list shows none of them. An absent one is a success.

    `begun` receives what may have been deleted: property name → "".

    Raises:
        DeadlineError: the list still shows one. The text contains the last list.
    """
    if not names:
        return

    def delete(name: str) -> None:
        context.client.delete_metadata_index(key.account_id, key.name, name, context.deadline)

    begun = {} if begun is None else begun
    context.run.index(key).is_changed = True
    unsure = _send_all(names, delete, NotFoundError, lambda name: _noting(begun, name, ""))

    def probe() -> dict[str, str]:
        live = live_types(context, key)
        _send_again(unsure, unsure.keys() & live.keys(), delete, NotFoundError)
        return {name: live[name] for name in names if name in live}

    try:
        _wait(context, f'{_listed(names)} of index "{key.name}" is gone', probe, lambda live: not live, unsure)
    except NotFoundError:
        return


def report_unmanaged(context: Context, key: IndexKey, names: Collection[str]) -> None:
    """Log the metadata indexes that the declaration of the index does not contain. They are never changed."""
    if names:
        context.report.info(
            f'{_listed(names)} of index "{key.name}" is not declared under {context.terms.metadata_indexes}. It stays as it is'
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


def _send_all(
    names: Iterable[str],
    send: Callable[[str], None],
    harmless: type[VectorizeError],
    noting: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> Unsure:
    """Send one change for each name in parallel. Return the errors of those that may not have had their effect."""
    wanted = sorted(names)
    if not wanted:
        return {}

    def attempt(name: str) -> VectorizeError | None:
        try:
            with noting(name):
                send(name)
        except harmless as error:
            return error
        except VectorizeError as error:
            if not may_have_worked(error):
                raise
            return error
        return None

    with ThreadPoolExecutor(max_workers=MAX_METADATA_INDEXES) as pool:
        errors = dict(zip(wanted, pool.map(attempt, wanted), strict=True))
    return {name: error for name, error in errors.items() if error}


def _send_again(
    unsure: Unsure, names: Iterable[str], send: Callable[[str], None], harmless: type[VectorizeError]
) -> None:
    """Send the changes of some names again, and update `unsure`."""
    again = set(names)
    still = _send_all(again, send, harmless)
    for name in again - still.keys():
        del unsure[name]
    unsure.update(still)


def _wait(
    context: Context,
    what: str,
    probe: Callable[[], dict[str, str]],
    is_done: Callable[[dict[str, str]], bool],
    unsure: Unsure,
) -> dict[str, str]:
    def trouble() -> str:
        return "".join(f"; {error.fact}" for error in list(unsure.values())[-1:])

    return wait_until(what, probe, is_done, context.deadline, context.report.progress, trouble=trouble)


def _refuse_other_type(key: IndexKey, wanted: Types, live: Types, properties: Collection[str]) -> None:
    for name in sorted(properties):
        raise RefusedError(
            f'cannot create metadata index "{name}" of index "{key.name}": it exists with the type {live[name]}, and the program '
            f"declares {wanted[name]}",
            f"account {key.account_id}",
            "Declare the type that exists, or delete it first if no filter uses it",
        )


def _refuse_eleventh(key: IndexKey, names: Collection[str]) -> None:
    if len(names) > MAX_METADATA_INDEXES:
        raise RefusedError(
            f'cannot update index "{key.name}": it would have {len(names)} metadata indexes ({", ".join(sorted(names))}), and the '
            f"API allows {MAX_METADATA_INDEXES}",
            f"account {key.account_id}",
            f"Remove one of them. {NO_CHANGES}",
        )


def _listed(names: Iterable[str]) -> str:
    return "metadata index " + ", ".join(f'"{name}"' for name in sorted(names))
