"""Reviews of what a `pulumi preview` or `pulumi refresh` would do to Vectorize indexes: read, judge, ask, write.

Knows neither Pulumi's SDK nor a terminal; the command around it is in `cli`.
"""
