// One index with one metadata index.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"pulumi-cloudflare-vectorize/sdk/go/vectorize"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		docs, err := vectorize.NewVectorizeIndex(ctx, "docs", &vectorize.VectorizeIndexArgs{
			Config: &vectorize.IndexConfigArgs{
				Dimensions: pulumi.Int(768),
				Metric:     vectorize.MetricCosine,
			},
			MetadataIndexes: pulumi.StringMap{"tenant": vectorize.MetadataTypeString},
		})
		if err != nil {
			return err
		}
		ctx.Export("index", docs.Name)
		ctx.Export("dimensions", docs.Dimensions)
		return nil
	})
}
