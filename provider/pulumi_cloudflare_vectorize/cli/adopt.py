"""Prints existing indexes in a form that Pulumi reads: the `indexes` configuration of a stack, or a file for `pulumi import`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from textwrap import indent
from typing import Any

import yaml

from ..adoption import Account, FoundIndex
from ..dynamic import IndexProvider
from ..dynamic.sdk_internals import stored_form
from ..dynamic.values import PROVIDER_KEY
from ..lifecycle.index.state import inputs_of, outputs_of
from ..resource_types import INDEX


class _Quoted(str):
    """Text from outside. The engine parses YAML 1.1, in which an unquoted `1e3` or `on` is not a text."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)


def as_stack_config(item: FoundIndex) -> str:
    """Return one entry of the `indexes` configuration of a stack, with the indentation of that place in the stack's file."""
    entry = {_Quoted(item.index.name): _entry(item)}
    text = yaml.dump(entry, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120).rstrip()
    return indent(text, " " * 4)


def _entry(item: FoundIndex) -> dict[str, Any]:
    index = item.index
    entry: dict[str, Any] = {
        "name": _Quoted(index.name),
        "config": {"dimensions": index.config.dimensions, "metric": index.config.metric},
    }
    if index.description:
        entry["description"] = _Quoted(index.description)
    if item.metadata:
        entry["metadataIndexes"] = {_Quoted(name): type_ for name, type_ in item.metadata.items()}
    return {**entry, "adopt": True}


def as_import_file(found: Sequence[FoundIndex]) -> str:
    """Return a file for the dynamic provider and `pulumi import --file FILE --generate-code=false`, with inputs and outputs.

    Pulumi cannot read an index from a dynamic provider before it is in the state (docs/internals/api-notes.md).
    """
    return _import_file(_complete_resource(item) for item in found)


def as_plugin_import_file(account: Account) -> str:
    """Return a file for the plugin and `pulumi import --file FILE`. The plugin reads each index, so its ID is enough.

    The ID contains the account, because the stack can have another one.
    """
    return _import_file(
        {"type": INDEX.plugin, "name": index.name, "id": f"{account.account_id}/{index.name}"}
        for index in account.indexes
    )


def _import_file(resources: Iterable[dict[str, Any]]) -> str:
    return json.dumps({"resources": list(resources)}, indent=2, ensure_ascii=False)


def _complete_resource(item: FoundIndex) -> dict[str, Any]:
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
    key = {PROVIDER_KEY: stored_form(IndexProvider())}
    return {
        "type": INDEX.dynamic,
        "name": item.index.name,
        "id": item.index.name,
        "inputs": {**inputs, **key},
        "outputs": {**outputs_of(inputs, item.index, item.metadata), **key},
    }
