"""The command `pulumi-vectorize`, for what Pulumi's own commands cannot do. Needs the extra `cli`."""
