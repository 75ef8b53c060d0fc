"""`pulumi up` in the model of the engine: registration, the steps of each resource, and the deletion of what is left behind."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from tests.walk.core import Failed, Verdict, declared_index, declared_metadata_index
from tests.walk.engine import Call, Operation, Record
from tests.walk.programs import PROJECT, Decl, IndexDecl, Program, alias_urn, declared_urn, logical_of

Work = Callable[[], None]


def up(
    operation: Operation,
    program: Program,
    *,
    refresh: bool = False,
    targets: Collection[str] = (),
    replaced: Collection[str] = (),
    parallel: bool = False,
    backwards: bool = False,
    dry_run: bool = False,
) -> None:
    """Run `pulumi up`, or with `dry_run` its preview. For `parallel` and `backwards` see `actions`."""
    if refresh and operation.stack.records:
        unknown = set(targets) - {record.urn for record in operation.stack.records}
        if unknown:
            operation.stop(f"target {min(unknown)} could not be found in the stack")
        operation.refresh(targets)
    ordered = program.backwards() if backwards else program.in_order()
    _Update(operation, ordered, targets, replaced, parallel=parallel, dry_run=dry_run).run()


@dataclass
class _Chain:
    """The steps of one resource, which run one after the other."""

    urn: str
    steps: list[Work]


class _Update:
    """The steps of one `up`: registers resources, runs their steps, then deletes what is left behind."""

    def __init__(
        self,
        operation: Operation,
        program: Program,
        targets: Collection[str],
        replaced: Collection[str],
        *,
        parallel: bool,
        dry_run: bool,
    ) -> None:
        self.operation = operation
        self.stack = operation.stack
        self.program = program
        self.targets = targets
        self.replaced = replaced
        self.parallel = parallel
        self.dry_run = dry_run
        self.before = list(self.stack.records)  # the snapshot that this run began with
        self.olds = {record.urn: record for record in self.before if not record.delete}
        self.done: dict[str, Record | None] = {}  # URN → its new record, None if it is unknown or skipped
        self.operated: set[str] = set()
        self.aliased: dict[str, str] = {}
        self.deleted_first: set[str] = set()
        self.chains: list[_Chain] = []
        self.completed = 0

    def run(self) -> None:
        for logical, decl in self.program.resources:
            if decl.kind == "meta" and self.chains:
                # Its index must be done before the program can declare it.
                self._run_chains()
            if not self.operation.attempt(lambda logical=logical, decl=decl: self._register(logical, decl)):
                self._run_chains(first_steps_only=True)
            if not self.parallel:
                self._run_chains()
        self._run_chains()
        self._delete_leftovers()

    # --- registration: check, diff, and which steps follow ---

    def _register(self, logical: str, decl: Decl) -> None:
        operation, urn = self.operation, declared_urn(self.stack.name, logical, decl)
        if urn in self.aliased:
            raise Failed(f"duplicate resource alias {urn}")
        old = self._old(urn, decl)
        is_targeted = not self.targets or urn in self.targets
        if not is_targeted:
            self._stay(urn, old)
            return
        index_urn, index_name = self._parent(decl)
        news = self._inputs(logical, decl, index_name)
        is_again = urn in self.deleted_first
        is_replaced = urn in self.replaced
        known = {} if old is None or is_again or is_replaced else old.inputs
        inputs = self._check(decl.kind, urn, known, news)
        new = Record(
            urn, decl.kind, "", inputs, {}, index_urn, protect=decl.options.protect, retain=decl.options.retain
        )
        if old is None:
            self._enqueue(urn, [lambda: self._create(new)])
        elif is_again:
            self.operated.add(urn)
            self._enqueue(urn, [lambda: self._create(new, old)])
        else:
            verdict = (
                Verdict(changes=True, replaces=True, delete_before_replace=False)
                if is_replaced
                else operation.diff(old, inputs, urn)
            )
            self._plan(new, old, verdict, news)

    def _plan(self, new: Record, old: Record, verdict: Verdict, news: dict[str, Any]) -> None:
        urn = new.urn
        self.operated.add(urn)
        if (verdict.changes and verdict.replaces) or old.pending_replacement:
            if new.protect and old.protect:
                raise Failed(f"unable to replace resource {urn} as it is currently marked for protection")
            if urn not in self.replaced:
                new.inputs = self._check(new.kind, urn, {}, news)
            first = self._deletions_before(old) if verdict.delete_before_replace else []
            self._enqueue(urn, [*first, lambda: self._create(new, old, superseding=not verdict.delete_before_replace)])
        elif verdict.changes or old.init_errors:
            self._enqueue(urn, [lambda: self._update(new, old)])
        else:
            self._enqueue(urn, [lambda: self._same(new, old)])

    def _old(self, urn: str, decl: Decl) -> Record | None:
        if urn in self.olds:
            return self.olds[urn]
        alias = alias_urn(self.stack.name, decl)
        if alias not in self.olds:
            return None
        if alias in self.done or alias in self.aliased:
            raise Failed(f"duplicate resource alias {alias}")
        self.aliased[alias] = urn
        return self.olds[alias]

    def _stay(self, urn: str, old: Record | None) -> None:
        self.done[urn] = old
        if old is not None:
            self.operated.add(urn)
            self._move_up(old)

    def _parent(self, decl: Decl) -> tuple[str, Any]:
        if decl.kind != "meta":
            return "", ""
        if decl.literal:
            return "", decl.literal
        index = self.program.get(decl.index)
        if index is None:
            raise Failed(f"the program does not declare {decl.index}")
        urn = declared_urn(self.stack.name, decl.index, index)
        record = self.done.get(urn)
        if record is None:
            raise Failed(f"{urn} is not in the target list")
        return urn, record.outputs.get("name") if not self.dry_run else record.inputs.get("name")

    def _inputs(self, logical: str, decl: Decl, index_name: Any) -> dict[str, Any]:
        if isinstance(decl, IndexDecl):
            return declared_index(
                PROJECT,
                self.stack.name,
                logical,
                name=decl.name or None,
                dimensions=decl.dimensions,
                description=decl.description,
                force=decl.force,
                adopt=decl.adopt,
                retain=decl.options.retain,
                metadata=dict(decl.metadata),
                separate=self.program.separate(logical),
            )
        return declared_metadata_index(
            index_name=index_name, property_name=decl.property_name, type_=decl.type_, force=decl.force
        )

    def _check(self, kind: str, urn: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        call = Call("check", urn, kind, None, news)
        inputs, failures = self.operation.call(call, lambda: self.operation.provider.check(kind, urn, olds, news))
        if failures:
            raise Failed(f"{logical_of(urn)}: {'; '.join(failures)}")
        return inputs

    def _deletions_before(self, old: Record) -> list[Work]:
        """Delete first: what would be replaced with it, as diff says of unknown values, then the record itself."""
        steps: list[Work] = []
        open_urns = {
            record.urn
            for record in self.before
            if record.urn not in self.done and record.urn not in self.deleted_first and not record.delete
        }
        for dependent in self.operation.replaced_with(old.urn, open_urns):
            if dependent.protect:
                raise Failed(f"unable to replace {dependent.urn}: it is protected")
            self.deleted_first.add(dependent.urn)
            steps.append(lambda dependent=dependent: self._delete_first(dependent))
        return steps if old.pending_replacement else [*steps, lambda: self._delete_first(old)]

    # --- steps ---

    def _enqueue(self, urn: str, steps: list[Work]) -> None:
        self.chains.append(_Chain(urn, steps))

    def _run_chains(self, *, first_steps_only: bool = False) -> None:
        chains, self.chains = self.chains, []
        self.operation.side_by_side(
            lambda chain=chain: self._run_chain(chain, first_step_only=first_steps_only) for chain in chains
        )
        self.operation.stop_if_failed()

    def _run_chain(self, chain: _Chain, *, first_step_only: bool) -> None:
        """Run the steps of one resource. When another fails, those that have begun end, and no other begins."""
        for number, step in enumerate(chain.steps):
            if number and (first_step_only or self.operation.outcome.errors):
                return
            step()

    def _create(self, new: Record, old: Record | None = None, *, superseding: bool = False) -> None:
        self._log("replace" if old else "create", new)
        if self.dry_run:
            new.outputs = dict(new.inputs)
            self.done[new.urn] = new
            return
        call = Call("create", new.urn, new.kind, old, new.inputs)
        failure = None
        try:
            new.id, new.outputs = self.operation.call(
                call, lambda: self.operation.provider.create(new.kind, new.urn, new.inputs)
            )
            new.made_on = self.operation.observer.created(call, new.outputs)
        except Failed as error:
            if not error.is_partial:
                raise
            failure = error
            new.id, new.outputs, new.init_errors = error.id, error.outputs or {}, True
            if new.kind == "meta" or new.created_on:
                new.made_on = self.operation.observer.created(call, new.outputs)
        if old is not None and superseding:
            old.delete = True
        elif old is not None:
            self.stack.records.remove(old)
        self._insert(new)
        if failure:
            raise failure
        self.done[new.urn] = new

    def _update(self, new: Record, old: Record) -> None:
        self._log("update", new)
        if self.dry_run:
            new.outputs = {**old.outputs, **new.inputs}
            self.done[new.urn] = new
            return
        call = Call("update", new.urn, new.kind, old, new.inputs)
        failure = None
        new.id, new.made_on = old.id, old.made_on
        try:
            new.outputs = self.operation.call(
                call, lambda: self.operation.provider.update(new.kind, new.urn, old.id, old.outputs, new.inputs)
            )
            new.made_on = self.operation.observer.updated(call, new.outputs)
        except Failed as error:
            if not error.is_partial:
                raise
            failure = error
            new.outputs, new.init_errors = error.outputs or {}, True
            new.made_on = self.operation.observer.updated(call, new.outputs)
        self.stack.records.remove(old)
        self._insert(new)
        if failure:
            raise failure
        self.done[new.urn] = new

    def _same(self, new: Record, old: Record) -> None:
        new.id, new.outputs, new.made_on = old.id, old.outputs, old.made_on
        if not self.dry_run:
            self.stack.records.remove(old)
            self._insert(new)
        self.done[new.urn] = new

    def _delete_first(self, record: Record) -> None:
        if self.dry_run:
            return
        self.operation.delete(record)
        record.pending_replacement = True

    def _insert(self, new: Record) -> None:
        self.stack.records.insert(self.completed, new)
        self.completed += 1

    def _move_up(self, record: Record) -> None:
        if not self.dry_run:
            self.stack.records.remove(record)
            self._insert(record)

    def _log(self, verb: str, record: Record) -> None:
        self.operation.outcome.steps.append(f"{verb} {logical_of(record.urn)}")

    # --- the end: pending deletions, and what the program does not declare any more ---

    def _delete_leftovers(self) -> None:
        scope = self._scope_of_deletions()
        held = [record for record in self.before if record in self.stack.records]
        condemned = [
            record
            for record in held
            if (scope is None or record.urn in scope) and (record.delete or not self._is_operated_on(record.urn))
        ]
        strangers = [record.urn for record in condemned if self.targets and record.urn not in self.targets]
        if strangers:
            self.operation.stop(f"{strangers[0]} will be destroyed but was not specified in --target list")
        if self.dry_run:
            self.operation.outcome.steps += [f"delete {logical_of(record.urn)}" for record in condemned]
            return
        self.operation.delete_all(condemned)

    def _scope_of_deletions(self) -> set[str] | None:
        """With targets: those, and what would be replaced with them."""
        if not self.targets:
            return None
        open_urns = {record.urn for record in self.before if record.urn not in self.done}
        dependents = [
            record.urn
            for record in self.before
            if record.urn in self.targets
            for record in self.operation.replaced_with(record.urn, open_urns)
        ]
        return {*self.targets, *dependents}

    def _is_operated_on(self, urn: str) -> bool:
        return self.aliased.get(urn, urn) in self.operated
