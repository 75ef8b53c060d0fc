"""The lifecycle of indexes and metadata indexes: check, diff, create, read, update and delete. Free of Pulumi's SDK.

Functions receive a `Context`, and state as plain dicts with camelCase keys.
"""
