import * as vectorize from "@unofficial-cloudflare/vectorize";

const docs = new vectorize.VectorizeIndex("docs", {
    config: { dimensions: 768, metric: "cosine" },
    metadataIndexes: { tenant: "string" },
});

export const index = docs.name;
export const dimensions = docs.dimensions;
