"""What the actions of a walk act on: one account, and the stacks that share it."""

from __future__ import annotations

from typing import Any

from tests.walk.account import Account, AccountClient
from tests.walk.actions import Action
from tests.walk.core import PROVIDERS
from tests.walk.engine import Operation, Outcome, Record, Stack
from tests.walk.oracle import Run, Violation
from tests.walk.programs import Program, declared_urn, logical_of
from tests.walk.update import up

# Longer than a creation may take: what happens later to an index is then no part of its creation.
_BETWEEN_S = 1200.0


class World:
    """An account, the stacks that share it, and what happened so far."""

    def __init__(self, front_end: str = "dynamic", *, with_gaps: bool = False) -> None:
        self.front_end = front_end
        self.with_gaps = with_gaps
        self.account = Account()
        self.stacks: dict[str, Stack] = {}
        self.runs = 0
        self.settled: dict[str, tuple[Any, ...]] = {}
        self.last: Outcome | None = None

    def act(self, action: Action) -> Outcome | None:
        """Do one action. Raises `Violation` when it breaks a promise. One that does not apply does nothing."""
        self.account.clock.time += _BETWEEN_S
        for index in self.account.indexes.values():
            index.settle(self.account.clock.time)
        self.last = None
        getattr(self, f"_{action.verb}")(action)
        return self.last

    # --- the engine ---

    def _up(self, action: Action) -> None:
        self._operate(action)

    _preview = _refresh = _destroy = _up

    def _operate(self, action: Action) -> None:
        self.runs += 1
        stack = self.stacks.setdefault(action.stack, Stack(action.stack))
        program = action.program if action.verb in ("up", "preview") else None
        name = f"{action.verb}{' --refresh' if action.refresh else ''}{' --target' if action.target else ''}"
        watch = Run(self.account, stack, self.runs, name, program, front_end=self.front_end, with_gaps=self.with_gaps)
        watch.remember()
        client = AccountClient(self.account, watch, action.fault, action.interrupted_at)
        self.account.clock.cancelled.clear()
        operation = Operation(stack, PROVIDERS[self.front_end](client), watch)
        targets = self._urns(stack, program, action.target)
        before, has_drift = self._facts(stack, program), self._has_drift(stack)
        if action.target and not targets:
            return
        work = {
            "up": lambda: up(
                operation,
                program or Program(),
                refresh=action.refresh,
                targets=targets,
                replaced=self._urns(stack, None, action.replaced),
                parallel=action.parallel,
                backwards=action.backwards,
            ),
            "preview": lambda: up(operation, program or Program(), parallel=action.parallel, dry_run=True),
            "refresh": lambda: operation.refresh(targets),
            "destroy": lambda: operation.destroy(
                targets, refresh=action.refresh, exclude_protected=action.exclude_protected
            ),
        }[action.verb]
        outcome = self.last = operation.run(work)
        self.account.clock.cancelled.clear()
        watch.ends(outcome, is_whole=not (action.target or action.exclude_protected))
        is_plain = not (action.fault or action.target or action.replaced or (action.refresh and has_drift))
        is_repeated = action.verb == "up" and is_plain and self.settled.get(stack.name) == before
        if is_repeated and (outcome.errors or outcome.steps or client.changes):
            raise Violation(f"the same `up` again did something: {outcome}, {client.changes}")
        if action.verb == "preview" and client.changes:
            raise Violation(f"a preview changed the account: {client.changes}")
        if action.verb == "up":
            self.settled.pop(stack.name, None)
            if outcome.ok and not (action.target or action.replaced):
                self.settled[stack.name] = self._facts(stack, program)
        elif outcome.killed or client.changes or action.verb != "preview":
            self.settled.pop(stack.name, None)

    def _facts(self, stack: Stack, program: Program | None) -> tuple[Any, ...]:
        """What a repeated `up` must find unchanged, if it is to do nothing."""
        return (
            str(program),
            self.account.outsider_changes,
            tuple((index.created_on, tuple(sorted(index.all_metadata().items()))) for index in self._indexes()),
            tuple((record.urn, record.id, record.delete, record.pending_replacement) for record in stack.records),
        )

    def _has_drift(self, stack: Stack) -> bool:
        """Whether a refresh may find something: a change by an outsider or another stack, or an index that is gone."""
        owned = filter(None, (record.made_on or record.created_on for record in stack.records))
        is_touched = len(self.stacks) > 1 or self.account.outsider_changes > 0
        return is_touched or not all(map(self.account.by_created_on, owned))

    def _indexes(self) -> list[Any]:
        return sorted(self.account.indexes.values(), key=lambda index: index.name)

    def _urns(self, stack: Stack, program: Program | None, logical: str) -> tuple[str, ...]:
        """Every URN that a logical name has in the state or in the program."""
        if not logical:
            return ()
        urns = [record.urn for record in stack.records if logical_of(record.urn) == logical]
        declared = program.get(logical) if program else None
        urns += [declared_urn(stack.name, logical, declared)] if declared else []
        return tuple(dict.fromkeys(urns))

    # --- what a user does with stacks ---

    def _rename(self, action: Action) -> None:
        stack = self.stacks.get(action.stack)
        if stack is None or (action.to in self.stacks and self.stacks[action.to].records):
            return
        del self.stacks[action.stack]
        self.stacks[action.to] = stack
        for record in stack.records:
            record.urn = _in_stack(record.urn, action.to)
            record.depends_on = _in_stack(record.depends_on, action.to)
        stack.name = action.to
        self.settled.pop(action.stack, None)

    def _move(self, action: Action) -> None:
        """`pulumi state move`: the record and what depends on it go to another stack, whose copy must not exist."""
        source, target = self.stacks.get(action.stack), self.stacks.setdefault(action.to, Stack(action.to))
        if source is None or source is target:
            return
        record = self._record(source, action.target)
        if record is None:
            return
        moving = [item for item in source.records if item is record or item.depends_on == record.urn]
        if any(target.current(_in_stack(item.urn, action.to)) for item in moving):
            return
        if any(item.urn == record.urn and item is not record for item in source.records):
            return
        for item in moving:
            source.records.remove(item)
            item.urn, item.depends_on = _in_stack(item.urn, action.to), _in_stack(item.depends_on, action.to)
            target.records.append(item)
        self.settled.clear()

    def _forget(self, action: Action) -> None:
        """`pulumi state delete`, with what depends on it."""
        stack = self.stacks.get(action.stack)
        record = self._record(stack, action.target) if stack else None
        if stack is None or record is None or sum(item.urn == record.urn for item in stack.records) > 1:
            return
        stack.records = [item for item in stack.records if record.urn not in (item.urn, item.depends_on)]
        self.settled.clear()

    def _record(self, stack: Stack, logical: str) -> Record | None:
        return next((item for item in stack.records if logical_of(item.urn) == logical and not item.delete), None)

    # --- the account ---

    def _fill(self, action: Action) -> None:
        self.account.fill(self._name(action.index), action.amount)

    def _lose(self, action: Action) -> None:
        self.account.outsider_deletes(self._name(action.index))

    def _recreate(self, action: Action) -> None:
        if name := self._name(action.index):
            self.account.outsider_creates(name, action.amount)

    def _metadata(self, action: Action) -> None:
        self.account.outsider_sets_metadata(self._name(action.index), action.property_name, action.type_ or None)

    def _wait(self, action: Action) -> None:
        self.account.clock.time += action.amount * 3600.0

    def _name(self, index: str) -> str:
        """Find the name of an index. `stack/resource` means the one in that stack's state, "" when there is none."""
        stack_name, slash, logical = index.partition("/")
        if not slash:
            return index
        stack = self.stacks.get(stack_name)
        record = self._record(stack, logical) if stack else None
        return record.id if record else ""


def _in_stack(urn: str, stack: str) -> str:
    if not urn:
        return ""
    return urn.replace(urn.split("::", 1)[0], f"urn:pulumi:{stack}", 1)


def run(actions: list[Action]) -> None:
    """Do a sequence of actions in a new world."""
    world = World()
    for action in actions:
        world.act(action)
