"""The version of this distribution, which the User-Agent carries."""

__version__ = "0.1.0"
