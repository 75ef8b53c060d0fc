package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"pulumi-cloudflare-vectorize/sdk/go/vectorize"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		docs, err := vectorize.NewVectorizeIndex(ctx, "docs", &vectorize.VectorizeIndexArgs{
			Config: &vectorize.IndexConfigArgs{Preset: pulumi.String("@cf/baai/bge-base-en-v1.5")},
		})
		if err != nil {
			return err
		}
		tenant, err := vectorize.NewVectorizeMetadataIndex(ctx, "tenant", &vectorize.VectorizeMetadataIndexArgs{
			IndexName:    docs.Name,
			PropertyName: pulumi.String("tenant"),
			IndexType:    vectorize.MetadataTypeString,
		})
		if err != nil {
			return err
		}
		ctx.Export("filter", tenant.PropertyName)
		return nil
	})
}
