"""The command `pulumi-vectorize`. It needs the extra `cli`."""
