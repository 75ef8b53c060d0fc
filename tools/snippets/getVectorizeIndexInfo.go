package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"pulumi-cloudflare-vectorize/sdk/go/vectorize"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		docs := vectorize.GetVectorizeIndexInfoOutput(ctx, vectorize.GetVectorizeIndexInfoOutputArgs{
			Name: pulumi.String("docs"),
		})
		ctx.Export("vectors", docs.VectorCount())
		return nil
	})
}
