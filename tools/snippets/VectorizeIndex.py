import pulumi
import unofficial_cloudflare_vectorize as vectorize

docs = vectorize.VectorizeIndex(
    "docs",
    config={"dimensions": 768, "metric": "cosine"},
    metadata_indexes={"tenant": "string"},
)
pulumi.export("index", docs.name)
