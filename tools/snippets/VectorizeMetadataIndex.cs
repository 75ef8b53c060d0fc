using System.Collections.Generic;
using Pulumi;
using Vectorize = UnofficialCloudflare.Vectorize;

return await Deployment.RunAsync(() =>
{
    var docs = new Vectorize.VectorizeIndex("docs", new()
    {
        Config = new Vectorize.Inputs.IndexConfigArgs { Preset = "@cf/baai/bge-base-en-v1.5" },
    });
    var tenant = new Vectorize.VectorizeMetadataIndex("tenant", new()
    {
        IndexName = docs.Name,
        PropertyName = "tenant",
        IndexType = "string",
    });

    return new Dictionary<string, object?> { ["filter"] = tenant.PropertyName };
});
