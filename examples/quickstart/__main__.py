"""One index with a generated name."""

import pulumi

import pulumi_cloudflare_vectorize as vectorize

docs = vectorize.VectorizeIndex(
    "docs",
    config=vectorize.IndexConfig(dimensions=768, metric="cosine"),
    description="product documentation",
)
pulumi.export("index", docs.name)
