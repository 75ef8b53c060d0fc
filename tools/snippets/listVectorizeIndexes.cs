using System.Collections.Generic;
using System.Linq;
using Pulumi;
using Vectorize = UnofficialCloudflare.Vectorize;

return await Deployment.RunAsync(() =>
{
    var found = Vectorize.ListVectorizeIndexes.Invoke();

    return new Dictionary<string, object?>
    {
        ["names"] = found.Apply(result => result.Indexes.Select(index => index.Name)),
    };
});
