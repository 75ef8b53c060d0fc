"""Which index is which: names come back after a deletion, so an index is known by when it was created."""

from __future__ import annotations

from datetime import datetime

from ..models import Index
from .operation import State

# An index whose creation time is further than this from the state's is another one of the same name.
SAME_INDEX_S = 2.0
# Slack for this machine's clock, which dates what an interrupted run has asked for.
LOCAL_CLOCK_SLACK_S = 60.0


def is_same(state: State, index: Index) -> bool:
    """Whether a live index is the one in the state, as far as both tell when they were created."""
    ours, live = parse_time_s(str(state.get("createdOn") or "")), parse_time_s(index.created_on)
    if ours is None and state.get("requestedOn"):
        return is_not_older(index, parse_time_s(str(state["requestedOn"])))
    return ours is None or live is None or abs(ours - live) <= SAME_INDEX_S


def is_not_older(index: Index, since_s: float | None) -> bool:
    """Whether an index was made at a time (Unix seconds) or later, as far as this machine's clock tells; never without a time."""
    created = parse_time_s(index.created_on)
    return since_s is not None and created is not None and created >= since_s - LOCAL_CLOCK_SLACK_S


def parse_time_s(text: str) -> float | None:
    """Read an RFC 3339 time with 0 to 9 digits of fraction as Unix seconds; None when it is none."""
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    try:
        return datetime.fromisoformat(f"{head}.{digits:0<6.6}{tail[len(digits) :]}" if dot else head).timestamp()
    except ValueError:
        return None
