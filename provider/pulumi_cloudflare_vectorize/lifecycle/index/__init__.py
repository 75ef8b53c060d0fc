"""The lifecycle of a Vectorize index."""
