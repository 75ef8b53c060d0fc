"""What is reviewed, and what a review says: plain values, made by `reading` and `judging`, written by the writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, Literal

from ..errors import VectorizeError
from .escaping import plain
from .recognizing import Kind, kind_of_type

STACK_TYPE: Final = "pulumi:pulumi:Stack"

Form = Literal["document", "events", "plan"]
Order = Literal["delete-first", "create-first"]


class UnusableError(VectorizeError):
    """What was given cannot be reviewed; the text says where it stopped making sense, and why, in one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(plain(reason, 400))
        self.reason = reason


@dataclass(frozen=True)
class Side:
    """A resource before or after the change, as far as the input says."""

    kind: Kind | None = None  # by the provider stored with it
    names_a_provider: bool = False  # a dynamic one, ours or another
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    protect: bool = False
    delete: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False


@dataclass(frozen=True)
class Step:
    """One step of the engine; `replace_reasons` and `differing` are property paths."""

    op: str
    urn: str
    old: Side | None = None
    new: Side | None = None
    replace_reasons: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type token: the last of the types in the URN, which lists the parents' first."""
        parts = self.urn.split("::")
        return parts[2].rpartition("$")[2] if len(parts) > 3 else ""  # noqa: PLR2004 -- urn:pulumi:STACK::PROJECT::TYPE::NAME

    @property
    def kind(self) -> Kind | None:
        """Which of our resources it is, or None: the provider stored with a side decides, before the type token does."""
        sides = [side for side in (self.old, self.new) if side]
        stored = next((side.kind for side in sides if side.kind), None)
        if stored or any(side.names_a_provider for side in sides):
            return stored
        return kind_of_type(self.type)

    @property
    def leaves(self) -> bool:
        """Whether a resource of ours continues under the type of another provider."""
        return bool(self.old and self.old.kind and self.new and not self.new.kind and not kind_of_type(self.type))

    @property
    def name(self) -> str:
        """The logical name, which may hold `::` itself."""
        return self.urn.split("::", 3)[-1]


@dataclass(frozen=True)
class Preview:
    """What the engine would do: its steps in order, its errors, and whether it only refreshed."""

    form: Form
    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()
    unchanged: int = 0
    is_refresh: bool | None = None  # None: there is nothing to tell it by

    @property
    def stack(self) -> str:
        """The name of the stack; empty when nothing names it."""
        return self._urn_part(0).rpartition(":")[2]

    @property
    def project(self) -> str:
        """The name of the project; empty when nothing names it."""
        return self._urn_part(1)

    def _urn_part(self, number: int) -> str:
        parts = self.steps[0].urn.split("::") if self.steps else []
        return parts[number] if len(parts) > number else ""


class Danger(Enum):
    """Why a change counts as destructive. The values are part of the JSON format (docs/state.md)."""

    DELETED = "deleted"
    REPLACED = "replaced"
    UNPROTECTED = "unprotected"
    FORCED = "force-destroy"
    METADATA_LOST = "metadata-index-lost"
    METADATA_RETYPED = "metadata-index-retyped"
    GONE = "gone"
    DRIFTED = "drifted"
    LEFT = "leaves-management"


@dataclass(frozen=True)
class Change:
    """A property that differs; None is absent."""

    path: str
    old: Any
    new: Any
    replaces: bool


@dataclass(frozen=True)
class MetadataChange:
    """A metadata index that comes (`old` is empty), goes (`new` is empty) or changes its type."""

    property_name: str
    old: str
    new: str
    is_managed: bool = True


@dataclass(frozen=True)
class Vectors:
    """How many vectors an index holds now; `count` is None when that is not known, and `why_unknown` says why."""

    count: int | None = None
    why_unknown: str = ""


@dataclass(frozen=True)
class Existing:
    """An index in the account that has the name of one that the preview creates, or the reason why this is not known."""

    created_on: str = ""
    vectors: Vectors = Vectors()
    refusal: str = ""  # why `pulumi up` refuses to create the index
    why_unknown: str = ""

    @property
    def is_adopted(self) -> bool:
        """Whether `pulumi up` adopts the existing index."""
        return not self.refusal and not self.why_unknown


@dataclass(frozen=True)
class Row:
    """What happens to one Vectorize resource."""

    name: str
    urn: str
    kind: Kind
    operation: str
    account_id: str = ""
    index: str = ""
    new_index: str = ""
    property_name: str = ""  # of a metadata index
    order: Order | None = None
    is_certain: bool = True
    changes: tuple[Change, ...] = ()
    metadata: tuple[MetadataChange, ...] = ()
    dangers: tuple[Danger, ...] = ()
    repair: str = ""  # of drift: what the next `pulumi up` does about it
    is_guarded: bool | None = None  # refused by the provider while the index holds vectors; None: no question
    is_protected: bool = False  # the engine refuses it
    is_kept: bool = False  # retain_on_delete leaves the old one in the account
    is_kept_too_late: bool = False  # retain_on_delete counts from the next run on
    was_gone: bool = False  # a refresh found so before this step
    is_left_over: bool = False  # an earlier replacement did not come to its deletion
    is_follower: bool = False  # a metadata index whose whole index goes
    is_made_anew: bool = False  # by somebody else
    was_marked: bool = False  # for replacement, by a taint or `--replace`
    likeness: str = ""  # all that it is but its name: where it is equal, it may have been renamed
    advice: tuple[str, ...] = ()
    vectors: Vectors | None = None  # None: not at risk, so never asked
    declared: Mapping[str, Any] = field(default_factory=dict)  # the inputs of an index that is created
    existing: Existing | None = None  # None: the name is free, or no index is created
    is_allowed: bool = False

    @property
    def is_destructive(self) -> bool:
        """Whether data, or what protects it, would go."""
        return bool(self.dangers)

    def following(self) -> Row:
        """Return it as a part of what happens to its index."""
        return replace(self, dangers=(), is_follower=True)


class Verdict(Enum):
    """The outcome. The values are part of the JSON format (docs/state.md)."""

    HARMLESS = "harmless"
    ALLOWED = "allowed"
    DESTRUCTIVE = "destructive"
    FAILED = "failed"


@dataclass(frozen=True)
class Review:
    """Everything that the writers need."""

    stack: str
    project: str
    form: Form
    is_drift: bool
    rows: tuple[Row, ...]
    others: Mapping[str, int]  # operation → number of resources that are not Vectorize's
    unchanged: int
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_whole: bool = True  # its form leaves out nothing that could be destructive

    @property
    def refused(self) -> tuple[Row, ...]:
        """The rows that are destructive and not allowed."""
        return tuple(row for row in self.rows if row.is_destructive and not row.is_allowed)

    @property
    def verdict(self) -> Verdict:
        """What it comes to: nothing outweighs a loss that nobody allowed, and a failure is never harmless."""
        if self.refused:
            return Verdict.DESTRUCTIVE
        if self.errors:
            return Verdict.FAILED
        return Verdict.ALLOWED if any(row.is_destructive for row in self.rows) else Verdict.HARMLESS

    @property
    def exit_code(self) -> int:
        """0 harmless or allowed, 2 the engine failed, 3 destructive."""
        return {Verdict.DESTRUCTIVE: 3, Verdict.FAILED: 2}.get(self.verdict, 0)
