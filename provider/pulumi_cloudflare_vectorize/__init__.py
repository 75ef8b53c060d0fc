"""Declare Cloudflare Vectorize indexes with Pulumi."""

from ._version import __version__
from .errors import VectorizeError
from .resources import IndexConfig, VectorizeIndex, VectorizeMetadataIndex

__all__ = ["IndexConfig", "VectorizeError", "VectorizeIndex", "VectorizeMetadataIndex", "__version__"]
