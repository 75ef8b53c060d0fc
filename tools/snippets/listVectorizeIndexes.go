package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"pulumi-cloudflare-vectorize/sdk/go/vectorize"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		found := vectorize.ListVectorizeIndexesOutput(ctx, vectorize.ListVectorizeIndexesOutputArgs{})
		ctx.Export("first", found.Indexes().Index(pulumi.Int(0)).Name())
		return nil
	})
}
