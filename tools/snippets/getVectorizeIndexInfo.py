import pulumi
import unofficial_cloudflare_vectorize as vectorize

docs = vectorize.get_vectorize_index_info_output(name="docs")
pulumi.export("vectors", docs.vector_count)
