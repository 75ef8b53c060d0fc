"""What the resource classes need to know of the program that declares them: other declarations, options and secrets."""

from __future__ import annotations

import re
import weakref
from typing import Any, NamedTuple

import pulumi
from pulumi.runtime.settings import get_root_resource

from .config_keys import API_KEY, API_TOKEN
from .naming import to_camel


class _Separate(NamedTuple):
    """A property that a program declares as a metadata index of its own."""

    index_name: pulumi.Input[str]
    property_name: str


# A metadata index that moves from its index's own declaration to a resource of its own has to stay. The index is updated first, so
# it has to be given the properties that the program declares separately. The root resource stands for one run of a program.
_separate: weakref.WeakKeyDictionary[pulumi.Resource, list[_Separate]] = weakref.WeakKeyDictionary()


def note_separate(index_name: pulumi.Input[str], property_name: pulumi.Input[str]) -> None:
    """Record that this program declares a property of an index as a resource of its own."""
    root = get_root_resource()
    if root is not None and isinstance(property_name, str):
        _separate.setdefault(root, []).append(_Separate(index_name, property_name))


async def separate_properties(index: Any, name: pulumi.Input[str] | None) -> list[str] | None:
    """Return the properties that `VectorizeMetadataIndex` resources of this program declare for an index, if there are any.

    Evaluated when the index is registered, which is after a program without awaits has declared everything. A property is found if
    its resource was given the index's own `name` or `id`, or its explicit name.
    """
    own, root = {id(index.name), id(index.id)}, get_root_resource()
    declared = _separate.get(root, []) if root is not None else []
    found = {
        property_name
        for index_name, property_name in declared
        if id(index_name) in own or (isinstance(index_name, str) and index_name == name)
    }
    return sorted(found) or None


# Options that name properties; those that an older SDK lacks are left alone.
_OPTIONS_OF_PROPERTIES = ("ignore_changes", "replace_on_changes", "additional_secret_outputs", "hide_diffs")


def in_state_form(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """Translate the first part of every property path: `metadata_indexes.user_id` is `metadataIndexes.user_id` in the state."""
    if opts is None:
        return None
    translated = pulumi.ResourceOptions.merge(opts, None)
    for option in _OPTIONS_OF_PROPERTIES:
        paths = getattr(translated, option, None)
        if isinstance(paths, list):
            setattr(translated, option, [_pathin_state_form(path) for path in paths])
    return translated


def _pathin_state_form(path: str) -> str:
    head = re.match(r"[a-z_]*", path)
    name = head[0] if head else ""
    return to_camel(name) + path[len(name) :]


def warn_of_plain_secrets() -> None:
    """Warn of a credential in the stack's configuration that is not marked secret: the state would hold it readably."""
    for key in (*API_TOKEN.keys, *API_KEY.keys):
        namespace, name = key.split(":")
        if pulumi.Config(namespace).get(name) and not pulumi.runtime.is_config_secret(key):
            pulumi.log.warn(
                f"{key} is stored as plain text — run `pulumi config set --secret {key} VALUE`, and replace the credential if the "
                "file was shared"
            )
