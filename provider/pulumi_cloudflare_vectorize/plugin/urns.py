"""Reads the parts of a URN: `urn:pulumi:<stack>::<project>::<types of the parents>$<type>::<name>`."""

from __future__ import annotations

from typing import NamedTuple


class UrnParts(NamedTuple):
    """The stack, the project, the type token and the name of a resource. Empty where the URN is malformed."""

    stack: str
    project: str
    type: str
    name: str

    @classmethod
    def of(cls, urn: str) -> UrnParts:
        """Split a URN. A name may contain `::`."""
        stack, project, types, name = (*urn.removeprefix("urn:pulumi:").split("::", 3), "", "", "")[:4]
        return cls(stack, project, types.rpartition("$")[2], name)
