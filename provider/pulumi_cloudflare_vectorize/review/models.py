"""The values of a review: the steps of a preview, the rows made from them, and the review of all rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, Final, Literal

from ..errors import VectorizeError
from ..lifecycle.terms import PYTHON, SCHEMA, Terms
from ..resource_types import Kind
from .resource_kinds import is_of_plugin, kind_of_type
from .text import Text, one_line

STACK_TYPE: Final = "pulumi:pulumi:Stack"

Format = Literal["document", "events", "plan"]
Order = Literal["delete-first", "create-first"]


class UnusableError(VectorizeError):
    """The input cannot be reviewed. The text is one line with the place and the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(one_line(reason, 400))
        self.reason = reason


@dataclass(frozen=True)
class Side:
    """A resource before or after a change, as far as the input contains it."""

    kind: Kind | None = None  # by its own type token, or by the provider that is stored with it
    type: str = ""  # the type token, which an alias can change
    names_a_provider: bool = False  # a dynamic provider, ours or another
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    protect: bool = False
    delete: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False

    @property
    def declared(self) -> Mapping[str, Any]:
        """The inputs, or the outputs if the engine has no inputs."""
        return self.inputs or self.outputs


@dataclass(frozen=True)
class Step:
    """One step of the engine. `replace_reasons` and `differing` are property paths."""

    op: str
    urn: str
    old: Side | None = None
    new: Side | None = None
    replace_reasons: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type token: the last type in the URN. The types of the parents come before it."""
        parts = self.urn.split("::")
        return parts[2].rpartition("$")[2] if len(parts) > 3 else ""  # noqa: PLR2004 -- urn:pulumi:STACK::PROJECT::TYPE::NAME

    @property
    def kind(self) -> Kind | None:
        """Which of our resources it is, or None. The stored provider takes precedence over the type token."""
        sides = [side for side in (self.old, self.new) if side]
        stored = next((side.kind for side in sides if side.kind), None)
        if stored or any(side.names_a_provider for side in sides):
            return stored
        return kind_of_type(self.type)

    @property
    def leaves(self) -> bool:
        """Whether a resource of ours continues with another provider."""
        return bool(self.old and self.old.kind and self.new and not self.new.kind and not kind_of_type(self.type))

    @property
    def terms(self) -> Terms:
        """The words of the program that declares the resource, or that declared it until now."""
        declared = self.old.type if self.leaves and self.old else self.type
        return SCHEMA if is_of_plugin(declared) else PYTHON

    @property
    def name(self) -> str:
        """The logical name. It may contain `::`."""
        return self.urn.split("::", 3)[-1]

    @property
    def old_declared(self) -> Mapping[str, Any]:
        """What the old side declares. Empty if there is none."""
        return self.old.declared if self.old else {}

    @property
    def new_declared(self) -> Mapping[str, Any]:
        """What the new side declares. Empty if there is none."""
        return self.new.declared if self.new else {}


@dataclass(frozen=True)
class Preview:
    """The steps of a preview in order, and its errors. `is_refresh` is None if the input does not show it."""

    format: Format
    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()
    unchanged: int = 0
    is_refresh: bool | None = None

    @property
    def stack(self) -> str:
        """The name of the stack. Empty if there are no steps."""
        return self._urn_part(0).rpartition(":")[2]

    @property
    def project(self) -> str:
        """The name of the project. Empty if there are no steps."""
        return self._urn_part(1)

    def _urn_part(self, number: int) -> str:
        parts = self.steps[0].urn.split("::") if self.steps else []
        return parts[number] if len(parts) > number else ""


class Operation(Enum):
    """What happens to a resource. The values are part of the JSON format (docs/reference/review-format.md)."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    IMPORT = "import"
    READ = "read"
    SAME = "same"
    GONE = "gone"
    DRIFTED = "drifted"


class Danger(Enum):
    """Why a change is destructive. The values are part of the JSON format (docs/reference/review-format.md)."""

    DELETED = "deleted"
    REPLACED = "replaced"
    UNPROTECTED = "unprotected"
    FORCED = "force-destroy"
    METADATA_LOST = "metadata-index-lost"
    METADATA_RETYPED = "metadata-index-retyped"
    GONE = "gone"
    DRIFTED = "drifted"
    LEFT = "leaves-management"


class Repair(Enum):
    """What the next `pulumi up --refresh` does about drift. The values are part of the JSON format."""

    CREATE = "create"
    REPLACE = "replace"
    UPDATE = "update"
    NONE = "none"


class Fact(Enum):
    """Something about a row that its operation does not show."""

    UNCERTAIN = auto()  # it may not happen, because a value is not known yet
    GUARDED = auto()  # the provider refuses it while the index contains vectors
    UNGUARDED = auto()  # force_destroy is on
    PROTECTED = auto()  # the engine refuses it
    RETAINED = auto()  # retain_on_delete keeps the old index in the account
    RETAINED_TOO_LATE = auto()  # retain_on_delete takes effect with the next run
    WAS_GONE = auto()  # a refresh in the same run found that it is gone
    SUPERSEDED = auto()  # an earlier replacement left it behind
    FOLLOWS_INDEX = auto()  # it is deleted with its index
    RECREATED = auto()  # it was deleted and recreated outside Pulumi
    MARKED = auto()  # it is marked for replacement by a taint or --replace


@dataclass(frozen=True)
class Change:
    """A property that differs. None is absent."""

    path: str
    old: Any
    new: Any
    replaces: bool


@dataclass(frozen=True)
class MetadataChange:
    """A metadata index that is added (`old` is empty), lost (`new` is empty) or retyped."""

    property_name: str
    old: str
    new: str
    is_managed: bool = True


@dataclass(frozen=True)
class Vectors:
    """The vector count of an index. `count` is None if it is not known, and `why_unknown` is the reason."""

    count: int | None = None
    why_unknown: str = ""


@dataclass(frozen=True)
class Existing:
    """An index in the account with the name of one that the preview creates, or why that is not known.

    `refusal` is why `pulumi up` refuses to create the index.
    """

    created_on: str = ""
    vectors: Vectors = Vectors()
    refusal: str = ""
    why_unknown: str = ""

    @property
    def is_adopted(self) -> bool:
        """Whether `pulumi up` adopts the existing index."""
        return not self.refusal and not self.why_unknown


@dataclass(frozen=True)
class Row:
    """What happens to one Vectorize resource.

    - `vectors`: None if the index is not at risk.
    - `existing`: None if the name is free, or if no index is created.
    - `declared`: the inputs of an index that is created.
    - `shape_key`: everything that is declared except the name. Equal keys suggest a renamed resource.
    - `terms`: the words of the program that declares it.
    """

    name: str
    urn: str
    kind: Kind
    operation: Operation
    terms: Terms = PYTHON
    account_id: str = ""
    index: str = ""
    new_index: str = ""
    property_name: str = ""
    order: Order | None = None
    changes: tuple[Change, ...] = ()
    metadata: tuple[MetadataChange, ...] = ()
    dangers: tuple[Danger, ...] = ()
    facts: frozenset[Fact] = frozenset()
    repair: Repair | None = None
    shape_key: str = ""
    advice: tuple[Text, ...] = ()
    vectors: Vectors | None = None
    declared: Mapping[str, Any] = field(default_factory=dict)
    existing: Existing | None = None
    is_allowed: bool = False

    @property
    def is_destructive(self) -> bool:
        """Whether data, or the protection of data, would be lost."""
        return bool(self.dangers)

    @property
    def is_certain(self) -> bool:
        """Whether it will happen, whatever the unknown values are."""
        return Fact.UNCERTAIN not in self.facts

    @property
    def is_guarded(self) -> bool | None:
        """Whether the provider refuses it while the index contains vectors. None if nothing is deleted, or if it is not known."""
        return True if Fact.GUARDED in self.facts else False if Fact.UNGUARDED in self.facts else None

    @property
    def is_known_to_be_empty(self) -> bool:
        """Whether the index is at risk and contains no vectors."""
        return self.vectors is not None and self.vectors.count == 0

    def following(self) -> Row:
        """Return the row of a metadata index that is deleted with its index."""
        return replace(self, dangers=(), facts=self.facts | {Fact.FOLLOWS_INDEX})


class Verdict(Enum):
    """The outcome of a review. The values are part of the JSON format (docs/reference/review-format.md)."""

    HARMLESS = "harmless"
    ALLOWED = "allowed"
    DESTRUCTIVE = "destructive"
    FAILED = "failed"


@dataclass(frozen=True)
class Review:
    """A whole review, as the renderers receive it.

    - `others`: operation → number of resources of other types.
    - `is_whole`: whether the format of the input contains everything that could be destructive.
    """

    stack: str
    project: str
    format: Format
    is_drift: bool
    rows: tuple[Row, ...]
    others: Mapping[str, int]
    unchanged: int
    errors: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    is_whole: bool = True

    @property
    def refused(self) -> tuple[Row, ...]:
        """The rows that are destructive and not allowed."""
        return tuple(row for row in self.rows if row.is_destructive and not row.is_allowed)

    @property
    def verdict(self) -> Verdict:
        """The outcome. A loss that is not allowed takes precedence over a failure, and a failure is never harmless."""
        if self.refused:
            return Verdict.DESTRUCTIVE
        if self.errors:
            return Verdict.FAILED
        return Verdict.ALLOWED if any(row.is_destructive for row in self.rows) else Verdict.HARMLESS

    @property
    def exit_code(self) -> int:
        """0 harmless or allowed, 2 the preview failed, 3 destructive."""
        return {Verdict.DESTRUCTIVE: 3, Verdict.FAILED: 2}.get(self.verdict, 0)
