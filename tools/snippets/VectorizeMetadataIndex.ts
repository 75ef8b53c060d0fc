import * as vectorize from "@unofficial-cloudflare/vectorize";

const docs = new vectorize.VectorizeIndex("docs", { config: { preset: "@cf/baai/bge-base-en-v1.5" } });
const tenant = new vectorize.VectorizeMetadataIndex("tenant", {
    indexName: docs.name,
    propertyName: "tenant",
    indexType: "string",
});
export const filter = tenant.propertyName;
