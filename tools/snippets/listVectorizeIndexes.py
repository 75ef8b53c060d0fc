import pulumi
import unofficial_cloudflare_vectorize as vectorize

found = vectorize.list_vectorize_indexes_output()
pulumi.export("names", found.indexes.apply(lambda indexes: [index.name for index in indexes]))
