"""Declare Cloudflare Vectorize indexes with Pulumi."""

from ._version import __version__
from .errors import VectorizeError
from .lookups import (
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
from .resources import IndexConfig, VectorizeIndex, VectorizeMetadataIndex

__all__ = [
    "FunctionError",
    "IndexConfig",
    "IndexInfoResult",
    "IndexResult",
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
