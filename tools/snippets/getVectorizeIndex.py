import pulumi
import unofficial_cloudflare_vectorize as vectorize

docs = vectorize.get_vectorize_index_output(name="docs")
pulumi.export("dimensions", docs.dimensions)
