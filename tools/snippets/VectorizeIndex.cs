using System.Collections.Generic;
using Pulumi;
using Vectorize = UnofficialCloudflare.Vectorize;

return await Deployment.RunAsync(() =>
{
    var docs = new Vectorize.VectorizeIndex("docs", new()
    {
        Config = new Vectorize.Inputs.IndexConfigArgs
        {
            Dimensions = 768,
            Metric = "cosine",
        },
        MetadataIndexes = { { "tenant", "string" } },
    });

    return new Dictionary<string, object?> { ["index"] = docs.Name };
});
