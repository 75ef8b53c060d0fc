"""The ownership rule of every operation.

A name can be used again after a deletion, and two stacks can generate the same one. So the creation time identifies an index:

- It is ours if its `created_on` equals the one in this record's state, or if this run created it.
- An existing index is adopted without `adopt` only if it can only be what an interrupted run left.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ..api.client import IndexResponse
from ..api.models import IndexInfo

# An interrupted run is repeated within a day. A longer time would accept more indexes that are not what it left.
ADOPTABLE_S: Final = 24 * 3600.0
# The metadata indexes of an interrupted creation are processed at most this long after its creation: the default timeout of a
# creation plus that of metadata indexes (config.Timeouts). After a longer one, the index is refused, and `adopt` adopts it.
CREATION_S: Final = 900.0


def adoption_problem(response: IndexResponse, info: IndexInfo, *, has_metadata_indexes: bool) -> str | None:
    """Return why an index cannot be what an interrupted run left; None if it can be nothing else.

    Args:
        response: the index, with the declared shape and description, and the server's clock.
        info: its counters.
        has_metadata_indexes: whether the declaration includes metadata indexes. Their creation is a mutation as well.
    """
    created_s = parse_time_s(response.index.created_on)
    if info.vector_count:
        return f"it contains {info.vector_count:,} vectors"
    if info.processed_up_to_mutation and not (has_metadata_indexes and _is_of_creation(info, created_s)):
        return "it has been written to"
    if created_s is None or response.server_time_s is None:
        return "the response does not contain its age"
    if response.server_time_s - created_s >= ADOPTABLE_S:
        return "it is older than 24 hours"
    return None


def _is_of_creation(info: IndexInfo, created_s: float | None) -> bool:
    """Return whether the last processed mutation can be a metadata index of the creation itself."""
    processed_s = parse_time_s(info.processed_up_to_datetime or "")
    return None not in (created_s, processed_s) and processed_s - created_s <= CREATION_S  # type: ignore[operator]


def is_same_time(one: str, other: str) -> bool:
    """Return whether two RFC 3339 times are one moment, to the digits that both have. A missing time equals nothing."""
    first, second = _parse(one), _parse(other)
    if first is None or second is None:
        return False
    return abs(first[0] - second[0]) < timedelta(seconds=10.0 ** -min(first[1], second[1]))


def parse_time_s(text: str) -> float | None:
    """Read an RFC 3339 time with 0 to 9 digits of fraction as Unix seconds; None if it is none."""
    found = _parse(text)
    return found[0].timestamp() if found else None


def _parse(text: str) -> tuple[datetime, int] | None:
    """Return the moment, and the digits of its fraction, at most the six that Python keeps."""
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    try:
        moment = datetime.fromisoformat(f"{head}.{digits:0<6.6}{tail[len(digits) :]}" if dot else head)
    except ValueError:
        return None
    return (moment, min(len(digits), 6)) if moment.tzinfo else None
