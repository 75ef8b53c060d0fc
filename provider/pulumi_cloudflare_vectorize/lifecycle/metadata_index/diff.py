"""diff: which properties replace a separate metadata index."""

from __future__ import annotations

from ...unknown import contains_unknown
from ..context import Context, State
from ..effects import Difference
from .loss import warn_of_lost_filters
from .state import REPLACES, index_key


def diff(context: Context, olds: State, news: State) -> Difference:
    """Compare a state with canonical inputs. An unknown value counts as changed.

    Warns, with one read-only request, of the filters that a replacement breaks. With the same index and property, the old metadata
    index is deleted first, because its deletion would delete its successor.
    """
    changed = [key for key in REPLACES if contains_unknown(olds.get(key)) or olds.get(key) != news.get(key)]
    is_flag_changed = (olds.get("forceDestroy") or False) != (news.get("forceDestroy") or False)
    if context.run.resource(context.urn).is_declared:
        key, name = index_key(context, olds), str(olds.get("propertyName"))
        if changed:
            warn_of_lost_filters(context, key, [name])
        else:
            context.run.index(key).kept_properties.add(name)
    updates = ["forceDestroy"] if is_flag_changed else []
    same_name = not {"accountId", "indexName", "propertyName"} & set(changed)
    return Difference(changed, updates, same_name, is_unfinished=bool(olds.get("unconfirmed")))
