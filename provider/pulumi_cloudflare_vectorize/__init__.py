"""Declare Cloudflare Vectorize indexes with Pulumi."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .errors import VectorizeError
    from .functions import (
        FunctionError,
        IndexInfoResult,
        IndexResult,
        get_index,
        get_index_info,
        get_index_info_output,
        get_index_output,
        list_indexes,
        list_indexes_output,
    )
    from .resources import (
        IndexConfig,
        IndexConfigDict,
        MetadataType,
        Metric,
        Preset,
        VectorizeIndex,
        VectorizeMetadataIndex,
    )

__all__ = [
    "FunctionError",
    "IndexConfig",
    "IndexConfigDict",
    "IndexInfoResult",
    "IndexResult",
    "MetadataType",
    "Metric",
    "Preset",
    "VectorizeError",
    "VectorizeIndex",
    "VectorizeMetadataIndex",
    "__version__",
    "get_index",
    "get_index_info",
    "get_index_info_output",
    "get_index_output",
    "list_indexes",
    "list_indexes_output",
]

# Name → its module. A provider process needs neither the resource classes nor the functions, so they are imported with the first
# use (docs/internals/performance.md, "Imports").
_MODULES = {
    "FunctionError": "functions",
    "IndexConfig": "resources",
    "IndexConfigDict": "resources",
    "IndexInfoResult": "functions",
    "IndexResult": "functions",
    "MetadataType": "resources",
    "Metric": "resources",
    "Preset": "resources",
    "VectorizeError": "errors",
    "VectorizeIndex": "resources",
    "VectorizeMetadataIndex": "resources",
    "get_index": "functions",
    "get_index_info": "functions",
    "get_index_info_output": "functions",
    "get_index_output": "functions",
    "list_indexes": "functions",
    "list_indexes_output": "functions",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
