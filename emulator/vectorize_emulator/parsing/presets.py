"""The presets that a create can contain instead of dimensions and metric.

Sizes are documented or read from the model cards. The metrics of the last two are assumptions, because no document contains them.
"""

PRESETS: dict[str, tuple[int, str]] = {
    "@cf/baai/bge-small-en-v1.5": (384, "cosine"),
    "@cf/baai/bge-base-en-v1.5": (768, "cosine"),
    "@cf/baai/bge-large-en-v1.5": (1024, "cosine"),
    "openai/text-embedding-ada-002": (1536, "cosine"),
    "cohere/embed-multilingual-v2.0": (768, "dot-product"),
}
METRICS = ("cosine", "euclidean", "dot-product")
