"""The actions of a walk, as plain values. Each prints as the source that makes it, so that a report can be pasted into a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.walk.account import Fault
from tests.walk.programs import Decl, Program


@dataclass(frozen=True)
class Action:
    """One thing that happens. Which fields count depends on the verb."""

    verb: str
    stack: str = ""
    program: Program | None = None
    target: str = ""  # a logical name
    replaced: str = ""  # a logical name
    refresh: bool = False
    parallel: bool = False
    backwards: bool = False
    exclude_protected: bool = False
    interrupted_at: int = 0  # the request of one call at which another, parallel call runs first
    fault: Fault | None = None
    index: str = ""  # an index: its name, or `stack/resource` for the one that a stack manages
    to: str = ""  # another stack
    amount: int = 0  # vectors, dimensions or hours
    property_name: str = ""
    type_: str = ""

    def __str__(self) -> str:
        first = {
            "up": [repr(self.stack), str(self.program)],
            "preview": [repr(self.stack), str(self.program)],
            "rename": [repr(self.stack), repr(self.to)],
            "move": [repr(self.target), repr(self.stack), repr(self.to)],
            "forget": [repr(self.target), repr(self.stack)],
            "fill": [repr(self.index), str(self.amount)],
            "lose": [repr(self.index)],
            "recreate": [repr(self.index), str(self.amount)],
            "metadata": [repr(self.index), repr(self.property_name), repr(self.type_)],
            "wait": [str(self.amount)],
        }.get(self.verb, [repr(self.stack)])
        if self.verb not in ("up", "preview", "refresh", "destroy"):
            return f"{self.verb}({', '.join(first)})"
        flags = {
            name: getattr(self, name)
            for name in (
                "target",
                "replaced",
                "refresh",
                "parallel",
                "backwards",
                "exclude_protected",
                "interrupted_at",
                "fault",
            )
            if getattr(self, name)
        }
        return f"{self.verb}({', '.join([*first, *(f'{name}={value!r}' for name, value in flags.items())])})"


def up(
    stack: str,
    program: Mapping[str, Decl] | Program,
    *,
    target: str = "",
    replaced: str = "",
    refresh: bool = False,
    parallel: bool = False,
    backwards: bool = False,
    interrupted_at: int = 0,
    fault: Fault | None = None,
) -> Action:
    """`pulumi up`, with `--target`, `--replace` and `--refresh`.

    The order in which the engine registers resources is open: `parallel` registers all of them before the first step runs,
    `backwards` begins with the last index. With `interrupted_at`, another parallel call runs before that request.
    """
    return Action(
        "up",
        stack,
        _program(program),
        target=target,
        replaced=replaced,
        refresh=refresh,
        parallel=parallel,
        backwards=backwards,
        interrupted_at=interrupted_at,
        fault=fault,
    )


def preview(stack: str, program: Mapping[str, Decl] | Program, *, parallel: bool = False) -> Action:
    """`pulumi preview`."""
    return Action("preview", stack, _program(program), parallel=parallel)


def refresh(stack: str, *, interrupted_at: int = 0, fault: Fault | None = None) -> Action:
    """`pulumi refresh`."""
    return Action("refresh", stack, interrupted_at=interrupted_at, fault=fault)


def destroy(
    stack: str,
    *,
    target: str = "",
    refresh: bool = False,
    exclude_protected: bool = False,
    interrupted_at: int = 0,
    fault: Fault | None = None,
) -> Action:
    """`pulumi destroy`, with `--target --target-dependents`, `--refresh` and `--exclude-protected`."""
    return Action(
        "destroy",
        stack,
        target=target,
        refresh=refresh,
        exclude_protected=exclude_protected,
        interrupted_at=interrupted_at,
        fault=fault,
    )


def rename(stack: str, to: str) -> Action:
    """`pulumi stack rename`."""
    return Action("rename", stack, to=to)


def move(target: str, stack: str, to: str) -> Action:
    """`pulumi state move`, to another stack of the same program."""
    return Action("move", stack, target=target, to=to)


def forget(target: str, stack: str) -> Action:
    """`pulumi state delete`."""
    return Action("forget", stack, target=target)


def fill(index: str, vectors: int) -> Action:
    """An application writes vectors, or deletes all of them."""
    return Action("fill", index=index, amount=vectors)


def lose(index: str) -> Action:
    """An outsider deletes an index."""
    return Action("lose", index=index)


def recreate(index: str, dimensions: int) -> Action:
    """An outsider creates an index, in place of one that has the name."""
    return Action("recreate", index=index, amount=dimensions)


def metadata(index: str, property_name: str, type_: str) -> Action:
    """An outsider creates or retypes a metadata index, or with "" deletes it."""
    return Action("metadata", index=index, property_name=property_name, type_=type_)


def wait(hours: int) -> Action:
    """Time passes."""
    return Action("wait", amount=hours)


def _program(program: Mapping[str, Decl] | Program) -> Program:
    return program if isinstance(program, Program) else Program(tuple(program.items()))
