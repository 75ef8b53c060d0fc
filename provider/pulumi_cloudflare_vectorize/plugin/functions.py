"""The functions of the schema: each sends one request, in a preview as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..api.models import Index
from ..config import account_id_problem
from ..config_keys import ACCOUNT_ID
from ..errors import NotFoundError, RefusedError
from ..lifecycle.context import Context
from ..lifecycle.index.state import planned_outputs
from ..lifecycle.naming import name_problem

GET_INDEX: Final = "vectorize:index:getVectorizeIndex"
LIST_INDEXES: Final = "vectorize:index:listVectorizeIndexes"
GET_INDEX_INFO: Final = "vectorize:index:getVectorizeIndexInfo"

Arguments = Mapping[str, Any]


def invoke(token: str, context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return the result of a function.

    Raises:
        RefusedError: there is no such function or index, or an argument is malformed.
    """
    function = _FUNCTIONS.get(token)
    if function is None:
        raise RefusedError(f'cannot call function "{token}": this provider has no such function')
    return function(context, arguments)


def _get_index(context: Context, arguments: Arguments) -> dict[str, Any]:
    account_id, name = _account_id(context, arguments), _name(arguments)
    try:
        index = context.client.get_index(account_id, name, context.deadline).index
    except NotFoundError as error:
        return _planned(context, account_id, name, error)
    return _result(account_id, index)


def _list_indexes(context: Context, arguments: Arguments) -> dict[str, Any]:
    account_id = _account_id(context, arguments)
    indexes = context.client.list_indexes(account_id, context.deadline)
    return {"indexes": [_result(account_id, index) for index in sorted(indexes, key=lambda index: index.name)]}


def _get_index_info(context: Context, arguments: Arguments) -> dict[str, Any]:
    account_id, name = _account_id(context, arguments), _name(arguments)
    try:
        info = context.client.get_index_info(account_id, name, context.deadline)
    except NotFoundError as error:
        planned = _planned(context, account_id, name, error)
        return {"name": name, "accountId": account_id, "dimensions": planned["dimensions"], "vectorCount": 0}
    return {
        "name": name,
        "accountId": account_id,
        "dimensions": info.dimensions or 0,
        "vectorCount": info.vector_count,
    }


_FUNCTIONS: Final[Mapping[str, Callable[[Context, Arguments], dict[str, Any]]]] = {
    GET_INDEX: _get_index,
    LIST_INDEXES: _list_indexes,
    GET_INDEX_INFO: _get_index_info,
}


def _planned(context: Context, account_id: str, name: str, error: NotFoundError) -> dict[str, Any]:
    """Return the declared shape of an index that this program creates, with empty times, or raise that there is none.

    In a preview the engine calls a function with the planned name. It accepts no unknown value in the result, and an error would
    stop the first preview of the program.
    """
    declared = context.run.planned(account_id, name)
    if declared is None:
        raise RefusedError(
            f'cannot look up index "{name}": it does not exist in account {account_id}',
            fix=f"Check the name, and the account in {ACCOUNT_ID}",
        ) from error
    outputs = planned_outputs(declared)
    return {
        "name": name,
        "accountId": account_id,
        "dimensions": outputs.get("dimensions", 0),
        "metric": outputs.get("metric", ""),
        "description": declared["description"],
        "createdOn": "",
        "modifiedOn": "",
    }


def _result(account_id: str, index: Index) -> dict[str, Any]:
    return {
        "name": index.name,
        "accountId": account_id,
        "dimensions": index.config.dimensions,
        "metric": index.config.metric,
        "description": index.description_or(""),
        "createdOn": index.created_on,
        "modifiedOn": index.modified_on,
    }


def _account_id(context: Context, arguments: Arguments) -> str:
    given = arguments.get("accountId") or ""
    problem = account_id_problem(given) if isinstance(given, str) else "must be text"
    if given and problem:
        raise RefusedError(f"accountId {problem}")
    return context.account_id(arguments)


def _name(arguments: Arguments) -> str:
    name = arguments.get("name")
    problem = name_problem(name) if isinstance(name, str) else "must be text"
    if problem:
        raise RefusedError(f"name {problem}")
    return str(name)
