import * as vectorize from "@unofficial-cloudflare/vectorize";

const found = vectorize.listVectorizeIndexesOutput({});
export const names = found.indexes.apply(indexes => indexes.map(index => index.name));
