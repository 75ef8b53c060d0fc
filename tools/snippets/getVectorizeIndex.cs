using System.Collections.Generic;
using Pulumi;
using Vectorize = UnofficialCloudflare.Vectorize;

return await Deployment.RunAsync(() =>
{
    var docs = Vectorize.GetVectorizeIndex.Invoke(new() { Name = "docs" });

    return new Dictionary<string, object?> { ["dimensions"] = docs.Apply(found => found.Dimensions) };
});
