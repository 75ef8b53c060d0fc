"""update: options that the API never sees, and the rest of a creation that was cut short."""

from __future__ import annotations

from typing import Any

from .create import converge
from .operation import Operation, State
from .state import inputs_of, outputs_of


def update(operation: Operation, olds: State, news: State) -> dict[str, Any]:
    """Return the full outputs of an index whose in-place options changed; sends nothing.

    A state without `createdOn` is half a creation (see `PartialCreateError`): it is finished here.
    """
    if not olds.get("createdOn"):
        index = converge(operation, news, resumed=True)
        operation.memory.note_made(news["accountId"], index.name)
        return outputs_of(news, index)
    operation.memory.note_made(news["accountId"], news["name"])
    live = {key: olds.get(key) for key in ("dimensions", "metric", "createdOn", "modifiedOn")}
    return {**inputs_of(news), **live, "preset": news["config"].get("preset", "")}
