import pulumi
import unofficial_cloudflare_vectorize as vectorize

docs = vectorize.VectorizeIndex("docs", config={"preset": "@cf/baai/bge-base-en-v1.5"})
tenant = vectorize.VectorizeMetadataIndex(
    "tenant",
    index_name=docs.name,
    property_name="tenant",
    index_type="string",
)
pulumi.export("filter", tenant.property_name)
