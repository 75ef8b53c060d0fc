"""Draws random walks, runs them, and shortens those that break a promise."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.walk.account import Fault
from tests.walk.actions import Action
from tests.walk.oracle import Violation
from tests.walk.programs import EXPLICIT_NAMES, IndexDecl, MetaDecl, Options, Program
from tests.walk.world import World

STACKS = ("dev", "prod")
INDEXES = ("docs", "news")
METAS = ("tenant", "price")
NAMES = ("", "", *EXPLICIT_NAMES)
SHAPES = (32, 64)
PROPERTIES = ("p", "q")
TYPES = ("string", "number")
FAULTS = ("lost", "dropped", "broken", "kill", "late-kill", "cancel", "slow", "overtaken")
# One walk: short ones find more per step, since every defect needs only a few actions.
LENGTH = 25


class Walker:
    """Draws the next action from what the world holds. The same seed gives the same walk."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 -- a walk, no secret
        self.programs = {stack: Program() for stack in STACKS}
        for stack in STACKS[: self.rng.choice((1, 1, 2))]:
            self.programs[stack] = Program((("docs", self._index()),))

    def actions(self, world: World, length: int = LENGTH) -> Iterator[Action]:
        for _ in range(length):
            yield self._action(world)

    def _action(self, world: World) -> Action:
        draw: Callable[[World, str], Action] = self.rng.choices(
            (self._up, self._again, self._preview, self._refresh, self._destroy, self._account, self._stacks),
            (30, 8, 3, 5, 8, 22, 6),
        )[0]
        return draw(world, self.rng.choices(STACKS, (3, 1))[0])

    # --- the engine ---

    def _up(self, world: World, stack: str) -> Action:
        for _ in range(self.rng.choice((0, 1, 1, 1, 2))):
            self.programs[stack] = self._edited(self.programs[stack])
        return self._run_up(stack)

    def _again(self, world: World, stack: str) -> Action:
        return Action("up", stack, self.programs[stack])

    def _run_up(self, stack: str) -> Action:
        program, rng = self.programs[stack], self.rng
        names = [name for name, _ in program.resources] or [INDEXES[0]]
        return Action(
            "up",
            stack,
            program,
            target=rng.choice([*INDEXES, *METAS]) if rng.random() < 0.08 else "",
            replaced=rng.choice(names) if rng.random() < 0.05 else "",
            refresh=rng.random() < 0.12,
            parallel=rng.random() < 0.6,
            backwards=rng.random() < 0.3,
            interrupted_at=self._interrupted_at(),
            fault=self._fault(),
        )

    def _preview(self, world: World, stack: str) -> Action:
        return Action("preview", stack, self.programs[stack])

    def _refresh(self, world: World, stack: str) -> Action:
        return Action("refresh", stack, interrupted_at=self._interrupted_at(), fault=self._fault())

    def _destroy(self, world: World, stack: str) -> Action:
        rng = self.rng
        target = rng.choice([*INDEXES, *METAS]) if rng.random() < 0.2 else ""
        return Action(
            "destroy",
            stack,
            target=target,
            refresh=rng.random() < 0.3,
            exclude_protected=rng.random() < 0.1,
            interrupted_at=self._interrupted_at(),
            fault=self._fault(),
        )

    def _interrupted_at(self) -> int:
        return self.rng.choice((0, 0, 0, 1, 2, 3, 4, 5, 6))

    def _fault(self) -> Fault | None:
        rng = self.rng
        if rng.random() >= 0.15:
            return None
        kind = rng.choice(FAULTS)
        only = rng.choice(("", "", "create", "delete", "get", "list")) if kind != "slow" else ""
        if kind == "overtaken":
            return Fault(kind, rng.choice((1, 2, 3, 4)))
        return Fault(kind, rng.choice((1, 1, 2, 2, 3, 4, 5)), rng.choice((1, 1, 2, 60)), only)

    # --- the program ---

    def _index(self) -> IndexDecl:
        rng = self.rng
        return IndexDecl(
            name=rng.choice(NAMES),
            dimensions=rng.choice(SHAPES),
            force=rng.random() < 0.3,
            adopt=rng.random() < 0.2,
            metadata=self._metadata(),
            options=Options(component=rng.random() < 0.1, retain=rng.random() < 0.03, protect=rng.random() < 0.03),
        )

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        rng = self.rng
        chosen = rng.sample(PROPERTIES, rng.choice((0, 0, 1, 1, 2)))
        return tuple((name, rng.choice(TYPES)) for name in sorted(chosen))

    def _meta(self, program: Program) -> MetaDecl:
        rng = self.rng
        indexes = [name for name, decl in program.resources if isinstance(decl, IndexDecl)]
        literals = [f"={name}" for name in NAMES if name]
        index = rng.choice(indexes) if indexes and rng.random() < 0.85 else rng.choice(literals)
        return MetaDecl(index, rng.choice(PROPERTIES), rng.choice(TYPES), force=rng.random() < 0.2)

    def _edited(self, program: Program) -> Program:
        rng = self.rng
        indexes = [name for name, decl in program.resources if isinstance(decl, IndexDecl)]
        missing = [name for name in INDEXES if name not in indexes]
        if not indexes or (missing and rng.random() < 0.15):
            return program.with_resource(rng.choice(missing or INDEXES), self._index())
        edit: Callable[[Program, str], Program] = rng.choices(
            (self._change, self._remove, self._rename, self._reparent, self._add_meta, self._edit_meta),
            (50, 12, 10, 8, 12, 8),
        )[0]
        return edit(program, rng.choice(indexes))

    def _change(self, program: Program, name: str) -> Program:
        decl = program.get(name)
        assert isinstance(decl, IndexDecl)
        return program.with_resource(name, self._changed(decl))

    def _remove(self, program: Program, name: str) -> Program:
        return program.without(name)

    def _rename(self, program: Program, name: str) -> Program:
        other = INDEXES[1 - INDEXES.index(name)]
        return program if program.get(other) else program.renamed(name, other, alias=self.rng.random() < 0.5)

    def _reparent(self, program: Program, name: str) -> Program:
        """Move an index into a component, or out of it, with or without an alias."""
        decl = program.get(name)
        assert isinstance(decl, IndexDecl)
        before = f"{'component/' if decl.options.component else ''}{name}"
        moved = replace(
            decl.options, component=not decl.options.component, alias=before if self.rng.random() < 0.5 else ""
        )
        return program.with_resource(name, replace(decl, options=moved))

    def _add_meta(self, program: Program, _: str) -> Program:
        return program.with_resource(self.rng.choice(METAS), self._meta(program))

    def _edit_meta(self, program: Program, _: str) -> Program:
        """Remove a separate metadata index, or move it to the inline ones of its index, or the other way."""
        metas = [(name, decl) for name, decl in program.resources if isinstance(decl, MetaDecl)]
        if not metas:
            return self._move_out(program)
        name, meta = self.rng.choice(metas)
        owner = program.get(meta.index)
        if self.rng.random() < 0.5 and isinstance(owner, IndexDecl):
            inline = {**dict(owner.metadata), meta.property_name: meta.type_}
            changed = replace(owner, metadata=tuple(sorted(inline.items())))
            return program.without(name).with_resource(meta.index, changed)
        return program.without(name)

    def _move_out(self, program: Program) -> Program:
        for name, decl in program.resources:
            if isinstance(decl, IndexDecl) and decl.metadata:
                (property_name, type_), *rest = decl.metadata
                moved = program.with_resource(name, replace(decl, metadata=tuple(rest)))
                return moved.with_resource(METAS[0], MetaDecl(name, property_name, type_))
        return program

    def _changed(self, decl: IndexDecl) -> IndexDecl:
        rng = self.rng
        changes: list[Callable[[IndexDecl], IndexDecl]] = [
            lambda d: replace(d, dimensions=SHAPES[1 - SHAPES.index(d.dimensions)]),
            lambda d: replace(d, force=not d.force),
            lambda d: replace(d, adopt=not d.adopt),
            lambda d: replace(d, name=rng.choice(NAMES)),
            lambda d: replace(d, metadata=self._metadata()),
            lambda d: replace(d, description="" if d.description else "d"),
            lambda d: replace(d, options=Options(component=d.options.component)),
        ]
        for change in rng.choices(changes, (5, 4, 2, 2, 3, 1, 1), k=rng.choice((1, 1, 1, 2))):
            decl = change(decl)
        return decl

    # --- stacks and the account ---

    def _stacks(self, world: World, stack: str) -> Action:
        rng, other = self.rng, STACKS[1 - STACKS.index(stack)]
        verb = rng.choice(("rename", "move", "forget"))
        if verb != "forget" and rng.random() < 0.8:
            self.programs[other] = self.programs[stack]
        return Action(verb, stack, target=rng.choice([*INDEXES, *METAS]), to=other)

    def _account(self, world: World, stack: str) -> Action:
        rng = self.rng
        managed = [f"{stack}/{name}" for name in INDEXES]
        index = rng.choice([*managed, *managed, "alpha", "beta"])
        verb = rng.choices(("fill", "lose", "recreate", "metadata", "wait"), (12, 2, 4, 2, 2))[0]
        return Action(
            verb,
            index=index,
            amount={"fill": rng.choice((5000, 5000, 5000, 0)), "recreate": rng.choice(SHAPES), "wait": 25}.get(verb, 0),
            property_name=rng.choice(PROPERTIES),
            type_=rng.choice((*TYPES, "")),
        )


@dataclass(frozen=True)
class Found:
    """A walk that broke a promise."""

    seed: int
    actions: tuple[Action, ...]
    violation: str
    front_end: str = "dynamic"


def walk(seed: int, front_end: str, length: int = LENGTH) -> tuple[int, Found | None]:
    """Do one random walk. Returns the number of actions, and what it found."""
    random.seed(seed)  # the core draws jitter for its waits
    world, walker, done = World(front_end), Walker(seed), []
    for action in walker.actions(world, length):
        done.append(action)
        if violation := _act(world, action):
            return len(done), Found(seed, tuple(done), violation, front_end)
    return len(done), None


def _act(world: World, action: Action) -> str:
    """Do one action. Returns the promise that it broke, or ""."""
    try:
        world.act(action)
    except Violation as violation:
        return str(violation)
    except Exception as error:  # noqa: BLE001 -- a defect, of the core or of the model
        return f"{type(error).__name__}: {error}"
    return ""


def violation_of(actions: tuple[Action, ...], front_end: str, *, with_gaps: bool = False) -> tuple[str, int]:
    """Run a sequence. Returns the promise that it breaks, or "", and the number of actions until then."""
    random.seed(0)
    world = World(front_end, with_gaps=with_gaps)
    for number, action in enumerate(actions, 1):
        if violation := _act(world, action):
            return violation, number
    return "", len(actions)


def shortened(found: Found) -> Found:
    """Leave out actions, resources and details for as long as a promise of the same kind is still broken."""
    kind = kind_of(found.violation)
    violation, actions = found.violation, found.actions
    is_shorter = True
    while is_shorter:
        is_shorter = False
        for candidate in _simpler(actions):
            text, number = violation_of(candidate, found.front_end)
            if text and kind_of(text) == kind:
                violation, actions, is_shorter = text, candidate[:number], True
                break
    return Found(found.seed, actions, violation, found.front_end)


def kind_of(violation: str) -> str:
    """What is the same in two reports of one kind of violation: the words without names, numbers and what is quoted."""
    plain = [word for word in violation.split() if word.isalpha()]
    return " ".join(plain[:12])


def _simpler(actions: tuple[Action, ...]) -> Iterator[tuple[Action, ...]]:
    for size in (8, 4, 2, 1):
        for start in range(0, len(actions) - size + 1, max(1, size // 2)):
            yield actions[:start] + actions[start + size :]
    for number, action in enumerate(actions):
        for simpler in _simpler_action(action):
            yield (*actions[:number], simpler, *actions[number + 1 :])


def _simpler_action(action: Action) -> Iterator[Action]:
    plain = {
        "exclude_protected": False,
        "target": "",
        "replaced": "",
        "refresh": False,
        "parallel": False,
        "backwards": False,
        "interrupted_at": 0,
        "fault": None,
    }
    if action.verb in ("up", "destroy", "refresh"):
        for name, value in plain.items():
            if getattr(action, name) != value:
                yield replace(action, **{name: value})
    for name, decl in action.program.resources if action.program else ():
        yield replace(action, program=action.program.without(name))
        for field, value in _plainer(decl):
            yield replace(action, program=action.program.with_resource(name, replace(decl, **{field: value})))


def _plainer(decl: IndexDecl | MetaDecl) -> Iterator[tuple[str, object]]:
    plain = IndexDecl() if isinstance(decl, IndexDecl) else MetaDecl(decl.index)
    for field in (
        "name",
        "dimensions",
        "description",
        "force",
        "adopt",
        "metadata",
        "options",
        "type_",
        "property_name",
    ):
        if hasattr(plain, field) and getattr(decl, field) != getattr(plain, field):
            yield field, getattr(plain, field)


def report(found: Found) -> str:
    """Print a sequence as commands, with what each did."""
    random.seed(0)
    world, lines = World(found.front_end), []
    for action in found.actions:
        _act(world, action)
        lines.append(f"    {action},{f'  # {world.last}' if world.last else ''}")
    return "\n".join([f"seed {found.seed}, {found.front_end}: {found.violation}", *lines])
