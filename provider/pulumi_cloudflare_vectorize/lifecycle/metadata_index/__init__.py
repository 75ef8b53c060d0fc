"""The lifecycle of metadata indexes: those of an index (`reconcile`), and those that a program declares separately."""
