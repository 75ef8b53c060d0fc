"""What a program declares: indexes and metadata indexes, as plain values that print as one line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pulumi_cloudflare_vectorize.resource_types import INDEX, METADATA_INDEX

PROJECT = "shop"
COMPONENT_TYPE = "shop:index:Search"
_OPTIONS = ("component", "alias", "retain", "protect")

EXPLICIT_NAMES = ("alpha", "beta")


@dataclass(frozen=True)
class Options:
    """Pulumi's options of a resource. An alias is written as `name` or `component/name`, in the same stack."""

    component: bool = False
    alias: str = ""
    retain: bool = False
    protect: bool = False


@dataclass(frozen=True)
class IndexDecl:
    """A `VectorizeIndex`. A `name` of "" is a generated one."""

    name: str = ""
    dimensions: int = 32
    description: str = ""
    force: bool = False
    adopt: bool = False
    metadata: tuple[tuple[str, str], ...] = ()
    options: Options = Options()
    kind = "index"

    def __str__(self) -> str:
        flags = _given(self, "name", "description", "force", "adopt", "metadata")
        return f"index({', '.join([str(self.dimensions), *flags, *_given(self.options, *_OPTIONS)])})"


@dataclass(frozen=True)
class MetaDecl:
    """A `VectorizeMetadataIndex`. `index` is a resource of the program, or `=name` for a literal index name."""

    index: str
    property_name: str = "p"
    type_: str = "string"
    force: bool = False
    options: Options = Options()
    kind = "meta"

    @property
    def literal(self) -> str:
        """The literal index name, or ""."""
        return self.index[1:] if self.index.startswith("=") else ""

    def __str__(self) -> str:
        first = [repr(self.index), repr(self.property_name), repr(self.type_)]
        return f"meta({', '.join([*first, *_given(self, 'force'), *_given(self.options, *_OPTIONS)])})"


def _given(owner: object, *names: str) -> list[str]:
    return [f"{name}={getattr(owner, name)!r}" for name in names if getattr(owner, name)]


def index(dimensions: int = 32, **properties: Any) -> IndexDecl:
    """Declare an index. Pulumi's options stand next to its properties."""
    options = Options(**{name: properties.pop(name) for name in _OPTIONS if name in properties})
    return IndexDecl(dimensions=dimensions, options=options, **properties)


def meta(index: str, property_name: str = "p", type_: str = "string", **properties: Any) -> MetaDecl:
    """Declare a metadata index. Pulumi's options stand next to its properties."""
    options = Options(**{name: properties.pop(name) for name in _OPTIONS if name in properties})
    return MetaDecl(index, property_name, type_, options=options, **properties)


Decl = IndexDecl | MetaDecl


@dataclass(frozen=True)
class Program:
    """The resources of a program, in its order."""

    resources: tuple[tuple[str, Decl], ...] = ()

    def get(self, logical: str) -> Decl | None:
        return dict(self.resources).get(logical)

    def separate(self, logical: str) -> list[str]:
        """The properties of an index that the program declares as resources of their own."""
        metas = [decl for _, decl in self.resources if isinstance(decl, MetaDecl)]
        own = self.get(logical)
        names = {logical, f"={own.name}" if isinstance(own, IndexDecl) and own.name else logical}
        return sorted({decl.property_name for decl in metas if decl.index in names})

    def in_order(self) -> Program:
        """The same program with each metadata index after its index, as in a program that runs."""
        place = {name: number for number, (name, _) in enumerate(self.resources)}

        def after(item: tuple[str, Decl]) -> tuple[int, bool]:
            name, decl = item
            own = place[name]
            return (max(own, place.get(decl.index, 0)), True) if isinstance(decl, MetaDecl) else (own, False)

        return Program(tuple(sorted(self.resources, key=after)))

    def backwards(self) -> Program:
        """The same program with its last index first. Metadata indexes come after all indexes."""
        reverse = self.resources[::-1]
        indexes = tuple(item for item in reverse if isinstance(item[1], IndexDecl))
        return Program(indexes + tuple(item for item in reverse if isinstance(item[1], MetaDecl)))

    def with_resource(self, logical: str, decl: Decl) -> Program:
        """Declare a resource, in its old place or last."""
        held = dict(self.resources)
        held[logical] = decl
        return Program(tuple(held.items()))

    def without(self, logical: str) -> Program:
        """Remove a resource, and the metadata indexes that refer to it."""
        return Program(
            tuple(
                (name, decl)
                for name, decl in self.resources
                if name != logical and not (isinstance(decl, MetaDecl) and decl.index == logical)
            )
        )

    def renamed(self, old: str, new: str, *, alias: bool) -> Program:
        """Rename a resource, with or without an alias."""
        renamed = []
        for name, decl in self.resources:
            if isinstance(decl, MetaDecl) and decl.index == old:
                decl = replace(decl, index=new)  # noqa: PLW2901 -- the loop makes the new list
            if name == old:
                known_as = f"{'component/' if decl.options.component else ''}{old}" if alias else ""
                decl = replace(decl, options=replace(decl.options, alias=known_as))  # noqa: PLW2901
            renamed.append((new if name == old else name, decl))
        return Program(tuple(renamed))

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name!r}: {decl}" for name, decl in self.resources) + "}"


def urn_of(stack: str, kind: str, logical: str, *, component: bool) -> str:
    """Make the URN of a resource."""
    type_ = INDEX if kind == "index" else METADATA_INDEX
    parent = f"{COMPONENT_TYPE}$" if component else ""
    return f"urn:pulumi:{stack}::{PROJECT}::{parent}{type_.dynamic}::{logical}"


def declared_urn(stack: str, logical: str, decl: Decl) -> str:
    """Make the URN under which a program declares a resource."""
    return urn_of(stack, decl.kind, logical, component=decl.options.component)


def alias_urn(stack: str, decl: Decl) -> str:
    """Make the URN that a resource had before, or ""."""
    if not decl.options.alias:
        return ""
    *parent, logical = decl.options.alias.split("/")
    return urn_of(stack, decl.kind, logical, component=bool(parent))


def logical_of(urn: str) -> str:
    """Take the logical name out of a URN."""
    return urn.rpartition("::")[2]
