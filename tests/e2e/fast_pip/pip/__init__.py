"""Stands for pip in the programs of the e2e tests."""
