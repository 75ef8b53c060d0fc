"""Makes a `Preview` of each of the engine's three formats. The types of all values are checked.

`document` is `pulumi preview --json`, `events` is the same with PULUMI_ENABLE_STREAMING_JSON_PREVIEW, and `plan` is a file of
`--save-plan` (all seen with engine 3.259.0, 2026-11).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..unknown import UNKNOWN
from .models import STACK_TYPE, Format, Preview, Side, Step, UnusableError
from .resource_kinds import kind_of_state, names_a_provider
from .text import SECRET, one_line

# What the engine writes for an unknown value, and as the key of a secret (sdk/go/common/resource).
_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_MAX_DEPTH: Final = 64
_OF_REFRESH: Final = frozenset({"refresh", "same", "update", "delete"})
_COLOR: Final = re.compile(r"<\{%[\w ]*%\}>")  # in events, with `--color=always`
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"


def from_document(document: Mapping[str, Any]) -> Preview:
    """Read the JSON document of `--json`."""
    steps = []
    for number, raw in enumerate(_items(document, "steps", "the document")):
        where = f"step {number + 1}"
        step = _mapping(raw, where)
        steps.append(
            Step(
                op=_text(step, "op", where),
                urn=_text(step, "urn", where),
                old=_side(step.get("oldState"), f"{where}, oldState"),
                new=_side(step.get("newState"), f"{where}, newState"),
                replace_reasons=_texts(step.get("replaceReasons"), f"{where}, replaceReasons"),
                differing=_differing(step.get("detailedDiff"), step.get("diffReasons"), where),
            )
        )
    errors = []
    for number, raw in enumerate(_items(document, "diagnostics", "the document")):
        diagnostic = _mapping(raw, f"diagnostic {number + 1}")
        errors += _error_of(diagnostic)
    summary = _optional(document, "changeSummary")
    return _preview("document", steps, errors, summary, [step for step in steps if step.type == STACK_TYPE])


def from_events(events: Iterable[tuple[str, Mapping[str, Any]]]) -> Preview:
    """Read streaming JSON: the engine's events, each with its place in the input.

    A step has two events, before and after it. In a refresh only the second contains what was found.
    """
    steps: dict[tuple[str, str, str], Step] = {}
    announced: list[Step] = []
    errors: list[str] = []
    summary: Mapping[str, Any] | None = None
    for where, event in events:
        for key in ("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"):
            if key in event:
                step = _event_step(event[key], where)
                steps[step.urn, step.op, step.old.id if step.old else ""] = step
                announced += [step] if key == "resourcePreEvent" and step.type == STACK_TYPE else []
        errors += _event_errors(event, where)
        if "summaryEvent" in event:
            summary = _nullable(_mapping(event["summaryEvent"], where), "resourceChanges", where)
    if summary is None:
        raise UnusableError("the events end without a summary: the input is incomplete, or the preview was stopped")
    return _preview("events", list(steps.values()), errors, summary, announced)


def from_plan(plan: Mapping[str, Any]) -> Preview:
    """Read a saved plan. It contains operations, their order and the new inputs, but no old values."""
    steps = []
    for urn, raw in _optional(plan, "resourcePlans").items():
        where = f"resourcePlans, {urn}"
        entry = _mapping(raw, where)
        goal = _nullable(entry, "goal", where)
        differing = _plan_differing(_nullable(goal, "inputDiff", where), f"{where}, inputDiff")
        inputs = _nullable(entry, "state", where)
        new = Side(
            kind=kind_of_state("", inputs),
            names_a_provider=names_a_provider(inputs),
            inputs=_clean(inputs),
            protect=_flag(goal, "protect", where),
        )
        steps += [
            Step(op=op, urn=urn, old=None, new=new, differing=differing)
            for op in _texts(entry.get("steps"), f"{where}, steps")
        ]
    return _preview("plan", steps, [], {}, [step for step in steps if step.type == STACK_TYPE])


def _plan_differing(diff: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Return the inputs that differ in a plan. `adds` are those that the state lacks, as after an import."""
    changed = (_nullable(diff, part, where) for part in ("updates", "adds"))
    return (*(name for part in changed for name in part), *_texts(diff.get("deletes"), f"{where}, deletes"))


def _preview(
    format_: Format, steps: list[Step], errors: list[str], summary: Mapping[str, Any], stack_steps: list[Step]
) -> Preview:
    _check_counts(steps, summary)
    same = summary.get("same", sum(step.op == "same" and "pulumi:providers:" not in step.type for step in steps))
    stack_is_same = any(step.op in ("same", "refresh") for step in steps if step.type == STACK_TYPE)
    return Preview(
        format=format_,
        steps=tuple(steps),
        errors=tuple(dict.fromkeys(errors)),
        unchanged=max(0, same - stack_is_same),
        is_refresh=_is_refresh(format_, steps, stack_steps),
    )


def _is_refresh(format_: Format, steps: list[Step], stack_steps: list[Step]) -> bool | None:
    """Return whether it is a refresh, by the step of the stack or by an operation that no refresh has. None if nothing shows it."""
    if stack_steps:
        return {step.op for step in stack_steps} == {"refresh"}
    return False if format_ == "plan" or any(step.op not in _OF_REFRESH for step in steps) else None


def _check_counts(steps: list[Step], summary: Mapping[str, Any]) -> None:
    """Reject input whose summary counts more steps than it contains, because a missing step may be a loss."""
    contained = Counter(step.op for step in steps)
    for op, count in summary.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise UnusableError(f"its summary counts {one_line(str(count), 40)} × {op}, which is not a count")
        if op != "same" and count > contained[op]:
            raise UnusableError(f"its summary counts {count} × {op}, and it contains {contained[op]}: it is incomplete")


def _event_step(raw: Any, where: str) -> Step:
    data = _mapping(_mapping(raw, where).get("metadata"), f"{where}, metadata")
    return Step(
        op=_text(data, "op", where),
        urn=_text(data, "urn", where),
        old=_side(data.get("old"), f"{where}, old"),
        new=_side(data.get("new"), f"{where}, new"),
        replace_reasons=_texts(data.get("keys"), f"{where}, keys"),
        differing=_differing(data.get("detailedDiff"), data.get("diffs"), where),
    )


def _event_errors(event: Mapping[str, Any], where: str) -> list[str]:
    if "diagnosticEvent" in event:
        return _error_of(_mapping(event["diagnosticEvent"], where))
    if "errorEvent" in event:
        return [_without_color(_mapping(event["errorEvent"], where).get("error"))]
    if "policyEvent" in event:
        policy = _mapping(event["policyEvent"], where)
        if policy.get("enforcementLevel") == "mandatory":
            return [f"policy {policy.get('policyName')}: {_without_color(policy.get('message'))}".strip()]
    return []


def _error_of(diagnostic: Mapping[str, Any]) -> list[str]:
    if diagnostic.get("severity") != "error":
        return []
    return [_without_color(diagnostic.get("message") or "error").removeprefix("error: ").strip()]


def _without_color(text: Any) -> str:
    return _COLOR.sub("", str(text))


def _side(raw: Any, where: str) -> Side | None:
    if raw is None:
        return None
    state = _mapping(raw, where)
    inputs = _nullable(state, "inputs", where)
    outputs = _nullable(state, "outputs", where)
    type_token = str(state.get("type") or "")
    return Side(
        kind=kind_of_state(type_token, inputs, outputs),
        type=type_token,
        names_a_provider=names_a_provider(inputs, outputs),
        id=str(state.get("id") or ""),
        inputs=_clean(inputs),
        outputs=_clean(outputs),
        protect=_flag(state, "protect", where),
        delete=_flag(state, "delete", where),
        pending_replacement=_flag(state, "pendingReplacement", where),
        retain_on_delete=_flag(state, "retainOnDelete", where),
    )


def _clean(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _value(value) for key, value in props.items() if not key.startswith("__")}


def _value(raw: Any, depth: int = 0) -> Any:
    """Return the plain value of a property. Its depth is limited, because later code is recursive."""
    if depth > _MAX_DEPTH:
        raise UnusableError("it is nested too deeply")
    if raw == _UNKNOWN_TEXT:
        return UNKNOWN
    if isinstance(raw, dict):
        return SECRET if _SIGNATURE in raw else {key: _value(item, depth + 1) for key, item in raw.items()}
    if isinstance(raw, list):
        return [_value(item, depth + 1) for item in raw]
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw


def _differing(detailed: Any, reasons: Any, where: str) -> tuple[str, ...]:
    if detailed is None:
        return _texts(reasons, f"{where}, diffReasons")
    return tuple(_mapping(detailed, f"{where}, detailedDiff"))


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnusableError(f"{where} is {_kind(value)}, not an object")
    return value


def _optional(owner: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object that the engine omits if it is empty, and never writes as null."""
    return _mapping(owner[key], key) if key in owner else {}


def _nullable(owner: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """Return an object that the engine omits or writes as null if it is empty."""
    value = owner.get(key)
    return {} if value is None else _mapping(value, f"{where}, {key}")


def _items(owner: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """Return a list that the engine omits if it is empty, and never writes as null."""
    value = owner.get(key, [])
    if not isinstance(value, list):
        raise UnusableError(f"{key} of {where} is {_kind(value)}, not a list")
    return value


def _flag(owner: Mapping[str, Any], key: str, where: str) -> bool:
    value = owner.get(key, False)
    if not isinstance(value, bool):
        raise UnusableError(f"{where}, {key} is {_kind(value)}, not true or false")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UnusableError(f"{where} is not a list of strings")
    return tuple(value)


def _text(owner: Mapping[str, Any], key: str, where: str) -> str:
    value = owner.get(key)
    if not isinstance(value, str) or not value:
        raise UnusableError(f"{where} has no string {key}")
    return value


def _kind(value: Any) -> str:
    return {type(None): "null", bool: "true or false", str: "a string", list: "a list", dict: "an object"}.get(
        type(value), "a number"
    )
