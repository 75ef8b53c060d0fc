"""Warns of indexes that earlier generations of a resource left in the account, and that its state does not contain.

A restored backup of the state is the usual cause. A generated name does not prove ownership, so these indexes are never changed.
"""

from __future__ import annotations

from ...api.models import Index
from ...errors import VectorizeError
from ..context import Context, State
from ..index_cache import READ_MAX_AGE_S
from ..naming import is_generation_of
from ..records import IndexKey


def warn_of_other_generations(context: Context, state: State) -> None:
    """Warn of every index with a generated name of this resource that is neither its own nor replaced or kept by this run.

    `state` is the inputs or outputs of the resource. An explicit name has no generations.
    """
    prefix, account_id = state.get("namePrefix"), context.account_id(state)
    if not prefix:
        return
    listed = context.run.cache.all(context.client, account_id, context.deadline, READ_MAX_AGE_S)
    for index in listed.values():
        if is_generation_of(prefix, index.name) and not _is_accounted_for(context, account_id, state, index):
            context.report.warning(_warning(context, account_id, index))


def _is_accounted_for(context: Context, account_id: str, state: State, index: Index) -> bool:
    facts = context.run.index(IndexKey(account_id, index.name))
    return index.name == state.get("name") or facts.is_replaced or facts.kept is not None


def _warning(context: Context, account_id: str, index: Index) -> str:
    try:
        count = f"{context.client.get_index_info(account_id, index.name, context.deadline).vector_count:,}"
    except VectorizeError:
        count = "an unknown number of"
    return (
        f'index "{index.name}", created {index.created_on}, contains {count} vectors. Pulumi generated its name for this resource, '
        f"but this resource does not use it. To manage it, declare a resource with this name and {context.terms.adopt}"
    )
