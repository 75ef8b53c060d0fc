"""Recognizes a resource of this provider by the provider stored with it, whatever its type token."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, Literal

Kind = Literal["index", "metadata index"]

INDEX_TYPE: Final = "pulumi-python:dynamic/vectorize:VectorizeIndex"
METADATA_INDEX_TYPE: Final = "pulumi-python:dynamic/vectorize:VectorizeMetadataIndex"
_BY_TYPE: Final[Mapping[str, Kind]] = {INDEX_TYPE: "index", METADATA_INDEX_TYPE: "metadata index"}

# Pulumi stores a dynamic provider as a Base64 pickle, which contains the import path of its class (docs/internals/state.md). The
# pickle is searched and never loaded. The longer name comes first, because it contains the shorter one.
_MODULE: Final = b"pulumi_cloudflare_vectorize.dynamic"
_BY_CLASS: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"MetadataIndexProvider", "metadata index"),
    (b"IndexProvider", "index"),
)
_PROVIDER: Final = "__provider"


def kind_of_state(*properties: Mapping[str, Any]) -> Kind | None:
    """Return the kind of resource by the provider in its inputs or outputs. None if it is another provider."""
    for pickle in filter(None, map(_pickle, properties)):
        if _MODULE in pickle:
            return next((kind for name, kind in _BY_CLASS if name in pickle), None)
    return None


def names_a_provider(*properties: Mapping[str, Any]) -> bool:
    """Return whether a resource's inputs or outputs contain a dynamic provider, this one or another."""
    return any(map(_pickle, properties))


def kind_of_type(type_token: str) -> Kind | None:
    """Return the kind of a type token of this provider, or None."""
    return _BY_TYPE.get(type_token)


def _pickle(properties: Mapping[str, Any]) -> bytes:
    text = properties.get(_PROVIDER)
    try:
        return base64.b64decode(text) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
