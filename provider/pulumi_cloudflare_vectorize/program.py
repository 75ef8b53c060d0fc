"""What the resource classes read from the program that declares them: other declarations, options and secrets."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi
from pulumi.runtime.settings import get_root_resource

from .config_keys import API_KEY, API_TOKEN, NAMESPACE
from .lifecycle.naming import to_camel


class _Separate(NamedTuple):
    """A property that a program declares as a separate metadata index."""

    index_name: pulumi.Input[str]
    property_name: str


# A metadata index that moves from the declaration of its index to a separate resource has to stay. The index is updated first, so
# it needs the properties that the program declares separately. The root resource identifies one run of a program.
_separate: weakref.WeakKeyDictionary[pulumi.Resource, list[_Separate]] = weakref.WeakKeyDictionary()


def note_separate(index_name: pulumi.Input[str], property_name: pulumi.Input[str]) -> None:
    """Record that this program declares a property of an index as a separate resource."""
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


# Options that contain property paths. An older SDK lacks some of them.
_OPTIONS_OF_PROPERTIES = ("ignore_changes", "replace_on_changes", "additional_secret_outputs", "hide_diffs")


def in_state_form(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """Translate the first part of every property path: `metadata_indexes.user_id` is `metadataIndexes.user_id` in the state."""
    if opts is None:
        return None
    translated = pulumi.ResourceOptions.merge(opts, None)
    for option in _OPTIONS_OF_PROPERTIES:
        paths = getattr(translated, option, None)
        if isinstance(paths, list):
            setattr(translated, option, [_path_in_state_form(path) for path in paths])
    return translated


def _path_in_state_form(path: str) -> str:
    head = re.match(r"[a-z_]*", path)
    name = head[0] if head else ""
    return to_camel(name) + path[len(name) :]


# The package of the dynamic provider.
_PACKAGE = "pulumi-python"


def refuse_unsupported(resource_name: str, opts: pulumi.ResourceOptions | None) -> None:
    """Refuse options that a dynamic provider ignores or that fail later without a reason.

    Raises:
        pulumi.RunError: an explicit provider, of the resource or of its parent, or an import.
    """
    if opts is None:
        return
    if opts.import_ is not None:
        raise pulumi.RunError(
            f'cannot declare "{resource_name}" with import_: a dynamic provider cannot import. '
            "Set adopt=True, or use the import file of `pulumi-vectorize adopt --format import`"
        )
    if _has_explicit_provider(opts):
        raise pulumi.RunError(
            f'cannot declare "{resource_name}" with an explicit provider of {_PACKAGE}: its configuration would have no effect. '
            f"Set account_id, or the stack's configuration under {NAMESPACE}:"
        )


def _has_explicit_provider(opts: pulumi.ResourceOptions) -> bool:
    own = opts.providers or []
    listed = [*(own.values() if isinstance(own, Mapping) else own), opts.provider]
    inherited = opts.parent.get_provider(f"{_PACKAGE}:dynamic:Resource") if opts.parent else None
    return inherited is not None or any(provider.package == _PACKAGE for provider in listed if provider)


def warn_of_autonaming(resource_name: str, name: object) -> None:
    """Warn that a generated name does not follow the engine's own configuration of names."""
    if name is None and pulumi.runtime.get_config("pulumi:autonaming"):
        pulumi.log.warn(
            f'pulumi:autonaming has no effect on the index of "{resource_name}": set name to choose the name yourself'
        )


def warn_of_plain_secrets() -> None:
    """Warn of a credential in the stack's configuration that is not secret, because Pulumi then stores it as plain text."""
    for key in (*API_TOKEN.keys, *API_KEY.keys):
        namespace, name = key.split(":")
        if pulumi.Config(namespace).get(name) and not pulumi.runtime.is_config_secret(key):
            pulumi.log.warn(
                f"{key} is stored as plain text. Run `pulumi config set --secret {key} VALUE`, and replace the credential if the "
                "file was shared"
            )
