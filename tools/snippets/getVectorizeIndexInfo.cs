using System.Collections.Generic;
using Pulumi;
using Vectorize = UnofficialCloudflare.Vectorize;

return await Deployment.RunAsync(() =>
{
    var docs = Vectorize.GetVectorizeIndexInfo.Invoke(new() { Name = "docs" });

    return new Dictionary<string, object?> { ["vectors"] = docs.Apply(found => found.VectorCount) };
});
