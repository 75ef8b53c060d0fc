"""Recognizes a resource of the plugin by its type token, and one of the dynamic provider by the provider stored with it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from ..resource_types import DYNAMIC_KINDS, PLUGIN_KINDS, Kind

# Pulumi stores a dynamic provider as a Base64 pickle, which contains the import path of its class (docs/internals/state.md). The
# pickle is searched and never loaded. The longer name comes first, because it contains the shorter one.
_MODULE: Final = b"pulumi_cloudflare_vectorize.dynamic"
_BY_CLASS: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"MetadataIndexProvider", "metadata index"),
    (b"IndexProvider", "index"),
)
_PROVIDER: Final = "__provider"


def kind_of_state(type_token: str, *properties: Mapping[str, Any]) -> Kind | None:
    """Return the kind of resource that a state belongs to. None if it is another provider, or if the state does not show it.

    The plugin's tokens belong to no other provider. A state that moved to the plugin can still contain a dynamic provider.
    """
    if type_token in PLUGIN_KINDS:
        return PLUGIN_KINDS[type_token]
    for pickle in filter(None, map(_pickle, properties)):
        if _MODULE in pickle:
            return next((kind for name, kind in _BY_CLASS if name in pickle), None)
    return None


def names_a_provider(*properties: Mapping[str, Any]) -> bool:
    """Return whether a resource's inputs or outputs contain a dynamic provider, this one or another."""
    return any(map(_pickle, properties))


def kind_of_type(type_token: str) -> Kind | None:
    """Return the kind of a type token of either front end, or None."""
    return PLUGIN_KINDS.get(type_token) or DYNAMIC_KINDS.get(type_token)


def is_of_plugin(type_token: str) -> bool:
    """Return whether a type token is one of the plugin's."""
    return type_token in PLUGIN_KINDS


def _pickle(properties: Mapping[str, Any]) -> bytes:
    text = properties.get(_PROVIDER)
    try:
        return base64.b64decode(text) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
