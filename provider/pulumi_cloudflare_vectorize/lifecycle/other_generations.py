"""Names the indexes that earlier generations of a resource left in the account, which its state does not contain.

A restored backup of the state is the usual cause. A generated name is no proof of ownership, so these indexes are never changed.
"""

from __future__ import annotations

from ..errors import VectorizeError
from ..models import Index
from ..naming import is_generation_of
from .index_cache import READ_MAX_AGE_S
from .operation import Operation, State
from .records import IndexKey


def warn_of_other_generations(operation: Operation, state: State, *, max_age_s: float = READ_MAX_AGE_S) -> None:
    """Warn of every index with a generated name of this resource that is neither its own nor replaced or kept by this run.

    Args:
        operation: what to work with.
        state: inputs or outputs of the resource. An explicit name has no generations.
        max_age_s: how old the list of indexes may be.
    """
    prefix, account_id = state.get("namePrefix"), operation.account_id(state)
    if not prefix:
        return
    listed = operation.run.cache.all(operation.client, account_id, operation.deadline, max_age_s)
    for index in listed.values():
        if is_generation_of(prefix, index.name) and not _is_accounted_for(operation, account_id, state, index):
            operation.report.warning(_warning(operation, account_id, index))


def _is_accounted_for(operation: Operation, account_id: str, state: State, index: Index) -> bool:
    key = IndexKey(account_id, index.name)
    run = operation.run
    return index.name == state.get("name") or run.is_replaced(key) or run.kept_since(key) is not None


def _warning(operation: Operation, account_id: str, index: Index) -> str:
    try:
        count = f"{operation.client.get_index_info(account_id, index.name, operation.deadline).vector_count:,}"
    except VectorizeError:
        count = "an unknown number of"
    return (
        f'index "{index.name}", created {index.created_on}, holds {count} vectors. Pulumi generated its name for this resource, '
        "but this resource does not use it. To manage it, declare a resource with this name and adopt=True"
    )
