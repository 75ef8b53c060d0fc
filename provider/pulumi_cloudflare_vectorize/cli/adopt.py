"""Puts indexes that exist already into words that Pulumi takes: a stack's `indexes` config, or a file for `pulumi import`."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import yaml
from pulumi.dynamic.dynamic import serialize_provider

from ..client import Client
from ..config_keys import ACCOUNT_ID
from ..dynamic import PROVIDER_KEY, IndexProvider
from ..errors import RefusedError, SettingsError
from ..lifecycle.state import inputs_of, outputs_of
from ..models import Index
from ..resources import VectorizeIndex
from ..settings import Settings, account_id_problem
from ..transport import Transport
from ..waiting import Deadline

TIMEOUT_S = 300.0
_PARALLEL = 8


@dataclass(frozen=True)
class FoundIndex:
    """An index of the account, with its metadata indexes (property name → type)."""

    account_id: str
    index: Index
    metadata: dict[str, str]


def found_indexes(patterns: Sequence[str], account_id: str = "") -> list[FoundIndex]:
    """Read the indexes whose names match any of the patterns (all, when there are none), in the order of their names.

    Raises:
        SettingsError: no credentials or account.
        RefusedError: a pattern matches nothing.
    """
    settings = Settings.load({})
    account = account_id or settings.account_id
    problem = account_id_problem(account)
    if problem:
        raise SettingsError(f"the account id in --account-id or {ACCOUNT_ID.variable} {problem}")
    transport = Transport(settings)
    client, deadline = Client(transport), Deadline.after(TIMEOUT_S, transport.clock)
    wanted = _matching(client.list_indexes(account, deadline), patterns)
    with ThreadPoolExecutor(_PARALLEL) as pool:
        types = pool.map(lambda index: client.list_metadata_indexes(account, index.name, deadline), wanted)
        return [FoundIndex(account, index, metadata) for index, metadata in zip(wanted, types, strict=True)]


def _matching(indexes: list[Index], patterns: Sequence[str]) -> list[Index]:
    names = {index.name for index in indexes}
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            raise RefusedError(f'no index matches "{pattern}"; the account holds {", ".join(sorted(names)) or "none"}')
    taken = {name for pattern in patterns or ["*"] for name in fnmatch.filter(names, pattern)}
    return sorted((index for index in indexes if index.name in taken), key=lambda index: index.name)


def as_stack_config(found: Sequence[FoundIndex]) -> str:
    """Write the `indexes` config of a stack that takes the indexes over at its next `pulumi up`."""
    entries = {item.index.name: _entry(item) for item in found}
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=120).rstrip()


def _entry(item: FoundIndex) -> dict[str, Any]:
    index = item.index
    entry: dict[str, Any] = {
        "name": index.name,
        "config": {"dimensions": index.config.dimensions, "metric": index.config.metric},
    }
    if index.description:
        entry["description"] = index.description
    if item.metadata:
        entry["metadataIndexes"] = item.metadata
    return {**entry, "adopt": True}


def as_import_file(found: Sequence[FoundIndex]) -> str:
    """Write a file for `pulumi import --file FILE --generate-code=false`: with inputs and outputs, so that nothing is asked.

    Pulumi cannot ask a dynamic provider for an index that it does not know yet (pulumi-measured, part 1 §9).
    """
    return json.dumps({"resources": [_resource(item) for item in found]}, indent=2, ensure_ascii=False)


def _resource(item: FoundIndex) -> dict[str, Any]:
    shape = {"dimensions": item.index.config.dimensions, "metric": item.index.config.metric}
    inputs = inputs_of(
        {
            "accountId": item.account_id,
            "name": item.index.name,
            "config": shape,
            "description": item.index.description_or(""),
            "metadataIndexes": item.metadata,
        }
    )
    key = {PROVIDER_KEY: serialize_provider(IndexProvider())}
    return {
        "type": f"pulumi-python:{VectorizeIndex._resource_type_name}",  # noqa: SLF001 -- the SDK's only place for it
        "name": item.index.name,
        "id": item.index.name,
        "inputs": {**inputs, **key},
        "outputs": {**outputs_of(inputs, item.index, item.metadata), **key},
    }
