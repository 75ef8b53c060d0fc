"""A provider plugin on the same lifecycle, for every Pulumi language, with import and explicit providers."""
