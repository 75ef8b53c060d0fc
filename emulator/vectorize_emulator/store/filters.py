"""Metadata filters: JSON → conditions → SQL, with the documented limits.

The SQL of a condition uses one typed column, and every value is a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from vectorize_emulator.errors import BAD_FILTER, ApiError
from vectorize_emulator.store.metadata_indexes import indexable

MAX_FILTER_BYTES = 2048  # "under 2048 bytes"
MAX_KEY_CHARACTERS = 512
EQUALITY = ("$eq", "$ne")
SETS = ("$in", "$nin")
LOWER = {"$gt": ">", "$gte": ">="}
UPPER = {"$lt": "<", "$lte": "<="}
RANGES = LOWER | UPPER
_FALSE, _TRUE = "false", "true"


@dataclass(frozen=True)
class Condition:
    """One operator on one property."""

    property: str
    operator: str
    operand: Any


def parse_filter(value: Any) -> list[Condition]:
    """Check a filter and return its conditions, which all apply.

    Raises:
        ApiError: it breaks one of the documented rules.
    """
    if not isinstance(value, dict) or not value:
        raise _bad("expected a non-empty object")
    if _size(value) >= MAX_FILTER_BYTES:
        raise _bad(f"must be under {MAX_FILTER_BYTES} bytes of compact JSON")
    conditions: list[Condition] = []
    for key, operand in value.items():
        _check_key(key)
        conditions += _conditions(key, operand if isinstance(operand, dict) else {"$eq": operand})
    return conditions


def _size(value: dict[str, Any]) -> int:
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        raise _bad("nested too deeply") from error


def _check_key(key: str) -> None:
    if not key or len(key) > MAX_KEY_CHARACTERS or '"' in key or key.startswith("$"):
        raise _bad(f'a key has 1 to {MAX_KEY_CHARACTERS} characters, no `"` and no leading `$`')


def _conditions(key: str, operators: dict[str, Any]) -> list[Condition]:
    names = set(operators)
    range_pair = len(names) == 2 and len(names & set(LOWER)) == 1 and len(names & set(UPPER)) == 1  # noqa: PLR2004 - a pair
    if len(names) != 1 and not range_pair:
        raise _bad("a property takes one operator, or one lower and one upper bound")
    for operator, operand in operators.items():
        _check_operand(operator, operand)
    return [Condition(key, operator, operand) for operator, operand in operators.items()]


def _check_operand(operator: str, operand: Any) -> None:
    if operator in EQUALITY:
        fits = isinstance(operand, (str, int, float, bool, type(None)))
    elif operator in SETS:
        fits = isinstance(operand, list) and all(isinstance(v, (str, int, float, bool, type(None))) for v in operand)
    elif operator in RANGES:
        fits = isinstance(operand, (str, int, float)) and not isinstance(operand, bool)
    else:
        raise _bad(f"unknown operator {operator!r}")
    if not fits:
        raise _bad(f"operator {operator} cannot take that value")


def to_sql(condition: Condition, index_type: str) -> tuple[str, list[Any]]:
    """Return the SQL of a condition on the column of its type. A value of another type equals nothing."""
    operator, operand = condition.operator, condition.operand
    if operator in EQUALITY:
        sql, parameters = _equal(operand, index_type)
    elif operator in SETS:
        parts = [_equal(value, index_type) for value in operand]
        sql = " OR ".join(part for part, _ in parts) or _FALSE
        parameters = [value for _, values in parts for value in values]
    else:
        kept = None if index_type == "boolean" else indexable(operand, index_type)
        if kept is None:
            return _FALSE, []
        return f"coalesce({index_type} {RANGES[operator]} ?, false)", [kept]
    return (f"NOT ({sql})" if operator in ("$ne", "$nin") else f"({sql})"), parameters


def _equal(operand: Any, index_type: str) -> tuple[str, list[Any]]:
    if operand is None:
        return f"{index_type} IS NULL", []
    kept = indexable(operand, index_type)
    if kept is None:
        return _FALSE, []
    return f"{index_type} IS NOT DISTINCT FROM ?", [kept]


def _bad(detail: str) -> ApiError:
    return ApiError(BAD_FILTER, detail=detail)
