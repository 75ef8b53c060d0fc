import * as vectorize from "@unofficial-cloudflare/vectorize";

const docs = vectorize.getVectorizeIndexInfoOutput({ name: "docs" });
export const vectors = docs.vectorCount;
