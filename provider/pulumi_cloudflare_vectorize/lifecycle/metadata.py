"""The metadata indexes of one index: bring them about, take them away, and wait until the list shows it.

The list is the only truth: a change answers at once and shows later, a duplicate is refused only once the first has shown,
and an answer may be lost (vectorize-api §5.10). So every change is followed by the list, and repeated only after a look at it.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..errors import AlreadyExistsError, NotFoundError, RefusedError, VectorizeError
from ..models import MAX_METADATA_INDEXES
from ..transport import may_have_worked
from ..waiting import wait_until
from .operation import Operation

Types = Mapping[str, str]
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


def reconcile(operation: Operation, parent: Parent, wanted: Types, managed: Collection[str]) -> dict[str, str]:
    """Make the metadata indexes what is wanted, touching only what has to change.

    Args:
        operation: what to work with.
        parent: the index.
        wanted: what is declared now.
        managed: properties that were declared before, and may therefore be removed or retyped.

    Returns:
        What is live in the end, also what nobody declared.

    Raises:
        RefusedError: there would be more than ten, or one that was not declared before has another type; nothing was sent.
    """
    live = live_types(operation, parent)
    retyped = {name for name, type_ in wanted.items() if live.get(name, type_) != type_}
    _refuse_strangers(parent, wanted, live, retyped - set(managed))
    leaving = retyped | {name for name in managed if name in live and name not in wanted}
    _refuse_eleventh(parent, (set(live) - leaving) | set(wanted))
    remove(operation, parent, leaving)
    missing = {name: type_ for name, type_ in wanted.items() if name not in live or name in leaving}
    return ensure(operation, parent, missing) if missing else {n: t for n, t in live.items() if n not in leaving}


def ensure(operation: Operation, parent: Parent, wanted: Types) -> dict[str, str]:
    """Create metadata indexes side by side, and return what is live when all of them show with their types.

    Raises:
        RefusedError: one shows with another type.
        DeadlineError: they did not show in time; the text holds the last list.
    """

    def create(name: str) -> None:
        operation.client.create_metadata_index(parent.account_id, parent.name, name, wanted[name], operation.deadline)

    unsure = _ask_for_all(wanted, create, AlreadyExistsError)

    def look() -> dict[str, str]:
        live = live_types(operation, parent)
        _refuse_strangers(
            parent, wanted, live, {name for name in wanted if live.get(name, wanted[name]) != wanted[name]}
        )
        _ask_again(unsure, unsure.keys() - live.keys(), create, AlreadyExistsError)
        return live

    what = f'{_listed(wanted)} of index "{parent.name}" shows'
    return _wait(operation, what, look, lambda live: wanted.keys() <= live.keys(), unsure)


def remove(operation: Operation, parent: Parent, names: Collection[str]) -> None:
    """Delete metadata indexes side by side, and return when none of them shows any more; absent ones are a success.

    Raises:
        DeadlineError: they did not go in time; the text holds the last list.
    """
    if not names:
        return

    def delete(name: str) -> None:
        operation.client.delete_metadata_index(parent.account_id, parent.name, name, operation.deadline)

    unsure = _ask_for_all(names, delete, NotFoundError)

    def look() -> dict[str, str]:
        live = live_types(operation, parent)
        _ask_again(unsure, unsure.keys() & live.keys(), delete, NotFoundError)
        return {name: live[name] for name in names if name in live}

    try:
        _wait(operation, f'{_listed(names)} of index "{parent.name}" is gone', look, lambda live: not live, unsure)
    except NotFoundError:
        return


def warn_of_unmanaged(operation: Operation, parent: Parent, wanted: Collection[str], live: Types) -> dict[str, str]:
    """Return the metadata indexes that nobody declared, and warn of them; they are never removed."""
    unmanaged = {name: type_ for name, type_ in live.items() if name not in wanted}
    strangers = [
        name for name in unmanaged if not operation.memory.property_owner(parent.account_id, parent.name, name)
    ]
    if strangers:
        operation.report.warning(
            f'{_listed(strangers)} of index "{parent.name}" is not declared here: it stays as it is — declare it under '
            "metadata_indexes, or as a VectorizeMetadataIndex"
        )
    return unmanaged


def _ask_for_all(names: Iterable[str], ask: Callable[[str], None], harmless: type[VectorizeError]) -> Unsure:
    """Send one change for each name, side by side, and return what became of those that may not have been taken."""
    wanted = sorted(names)
    if not wanted:
        return {}

    def attempt(name: str) -> VectorizeError | None:
        try:
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
