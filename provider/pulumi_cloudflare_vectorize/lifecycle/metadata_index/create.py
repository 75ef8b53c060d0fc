"""create: creates a separate metadata index, and waits until the list shows it."""

from __future__ import annotations

from typing import Any

from ...api.retry import may_have_worked
from ...errors import DeadlineError, PartialResultError, VectorizeError
from ..context import Context, State
from ..records import IndexKey
from .reconcile import ensure
from .state import id_of


def create(context: Context, inputs: State) -> dict[str, Any]:
    """Create the metadata index, and return the outputs when the list shows it. An existing one of the same type is accepted.

    Raises:
        RefusedError: the property has a metadata index of another type.
        NotFoundError: there is no such index.
        PartialResultError: it may have been created, but the list did not show it in time.
    """
    key, property_name = IndexKey(inputs["accountId"], inputs["indexName"]), inputs["propertyName"]
    outputs = {**inputs, "indexCreatedOn": _index_created_on(context, key)}
    try:
        ensure(context, key, {property_name: inputs["indexType"]})
    except VectorizeError as error:
        if not (isinstance(error, DeadlineError) or may_have_worked(error)):
            raise
        raise PartialResultError(
            f'metadata index "{property_name}" of index "{key.name}" was requested, but the list does not show it yet: {error}',
            id=id_of(inputs),
            outputs={**outputs, "unconfirmed": True},
        ) from error
    context.run.index(key).kept_properties.add(property_name)
    return outputs


def _index_created_on(context: Context, key: IndexKey) -> str:
    """Return when the index was created: from this run if it created the index, or by a GET."""
    kept = context.run.index(key).kept
    return kept.created_on if kept else context.client.get_index(*key, context.deadline).index.created_on
