"""Time stamps as the real API writes them."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> str:
    """Return the current UTC time in RFC 3339 with microseconds, trailing zeros trimmed."""
    return stamp(datetime.now(timezone.utc))


def stamp(moment: datetime) -> str:
    """Format a moment as the API does: `2024-07-11T13:02:18.00268Z`."""
    text = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"
