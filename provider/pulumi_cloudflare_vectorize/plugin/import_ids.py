"""The IDs that `pulumi import` and a `get` take: with or without the account."""

from __future__ import annotations

from typing import Any

from ..config import ACCOUNT_ID_PATTERN, account_id_problem
from ..errors import RefusedError
from ..lifecycle.inputs import property_name_problem
from ..lifecycle.naming import name_problem
from ..resource_types import INDEX, METADATA_INDEX


def index_state(id_: str) -> dict[str, Any]:
    """Return the name and the account in the ID of an index: `<index>` or `<account>/<index>`.

    Raises:
        RefusedError: the ID has another form.
    """
    account_id, slash, name = id_.rpartition("/")
    if name_problem(name) or (slash and account_id_problem(account_id)):
        raise RefusedError(
            f'cannot import index "{id_}": the ID must be <index> or <account>/<index>',
            fix=f"For example: `pulumi import {INDEX.plugin} docs docs`",
        )
    return _without_empty(name=name, accountId=account_id)


def metadata_index_state(id_: str) -> dict[str, Any]:
    """Return the parts of the ID of a metadata index: `<index>/<property>` or `<account>/<index>/<property>`.

    A property may contain `/`, so the first part is an account only if it has the form of one and two others follow.

    Raises:
        RefusedError: the ID has another form.
    """
    first, _, rest = id_.partition("/")
    has_account = bool(ACCOUNT_ID_PATTERN.fullmatch(first)) and "/" in rest
    account_id, (index_name, _, property_name) = (
        (first, rest.partition("/")) if has_account else ("", id_.partition("/"))
    )
    if name_problem(index_name) or property_name_problem(property_name):
        raise RefusedError(
            f'cannot import metadata index "{id_}": the ID must be <index>/<property> or <account>/<index>/<property>',
            fix=f"For example: `pulumi import {METADATA_INDEX.plugin} tenant docs/tenant`",
        )
    return _without_empty(indexName=index_name, propertyName=property_name, accountId=account_id)


def _without_empty(**parts: str) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value}
