"""The pure core: check, diff, create, read, update and delete of an index, free of any front end.

Works on plain dicts in the state's form (camelCase) and on a `Client`; knows nothing of Pulumi's SDK.
"""
