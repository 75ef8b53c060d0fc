import * as vectorize from "@unofficial-cloudflare/vectorize";

const docs = vectorize.getVectorizeIndexOutput({ name: "docs" });
export const dimensions = docs.dimensions;
