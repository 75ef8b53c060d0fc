"""Declare Cloudflare Vectorize indexes with Pulumi."""

from ._version import __version__
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
