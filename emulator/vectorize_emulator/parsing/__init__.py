"""Reads and checks request bodies and queries."""
