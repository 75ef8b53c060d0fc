"""The configuration of a provider: what CheckConfig, DiffConfig and Configure do with it. No request is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from ..config import Settings
from ..config_keys import API_KEY, API_TOKEN, NAMESPACE, PLACES, notices
from .values import from_struct, secret, to_struct

_NAMES: Final = tuple(place.name for place in PLACES)
_SECRET: Final = (API_TOKEN.name, API_KEY.name)
# What the engine adds to the configuration of a provider.
_OF_THE_ENGINE: Final = ("version", "pluginDownloadURL", "pluginChecksums", "parameterization")


def check_config(news: struct_pb2.Struct) -> tuple[provider_pb2.CheckResponse, list[str]]:
    """Wrap secrets, so that the state contains them encrypted. Also return a warning for each key that is not used."""
    given = from_struct(news)
    wrapped = {
        key: secret(value) if key in _SECRET and isinstance(value, str) else value for key, value in given.items()
    }
    return provider_pb2.CheckResponse(inputs=to_struct(wrapped)), list(_warnings(given))


def _warnings(given: Iterable[str]) -> Iterable[str]:
    unused = [f"{NAMESPACE}:{key}" for key in given if key not in (*_NAMES, *_OF_THE_ENGINE)]
    misspelled = list(notices(dict.fromkeys(unused, "")))
    yield from misspelled
    for key in unused:
        if not any(notice.startswith(f"{key} ") for notice in misspelled):
            yield f"{key} in the configuration of the provider is not used. The keys are {', '.join(_NAMES)}"


def diff_config(olds: struct_pb2.Struct, news: struct_pb2.Struct) -> provider_pb2.DiffResponse:
    """Compare two configurations. Nothing replaces the provider.

    Another account replaces the resources, because their `accountId` differs. If it replaced the provider, the engine would call no
    diff, so nothing would stop the loss of vectors before the new index is created (docs/internals/plugin.md).
    """
    old, new = _settings(from_struct(olds)), _settings(from_struct(news))
    changed = [name for name in _NAMES if old.get(name) != new.get(name)]
    response = provider_pb2.DiffResponse
    return response(changes=response.DIFF_SOME if changed else response.DIFF_NONE, diffs=changed)


def load_settings(arguments: struct_pb2.Struct) -> Settings:
    """Read the settings of a provider. For each, its configuration takes precedence over the environment.

    Raises:
        SettingsError: a setting is missing, conflicting or malformed.
    """
    given = _settings(from_struct(arguments))
    return Settings.load({f"{NAMESPACE}:{name}": _text(value) for name, value in given.items()})


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings by name. The default provider of a dynamic resource had full keys."""
    found = {name: given.get(name, given.get(f"{NAMESPACE}:{name}")) for name in _NAMES}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _text(value: Any) -> str:
    """Return a setting as text. A program can write a number as a number."""
    return value if isinstance(value, str) else str(value)
