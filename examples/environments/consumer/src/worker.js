// Returns the vector count of each index of the environment. Every binding of this Worker is a Vectorize index.
export default {
  async fetch(request, env) {
    const counts = {};
    for (const [binding, index] of Object.entries(env)) {
      counts[binding] = (await index.describe()).vectorCount;
    }
    return Response.json(counts);
  },
};
