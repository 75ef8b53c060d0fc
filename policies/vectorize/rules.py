"""The rules for indexes, and messages with a fix. Independent of Pulumi's SDK."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

# Indexes of the dynamic provider in Python programs, and of the plugin in every language.
DYNAMIC_INDEX_TYPE = "pulumi-python:dynamic/vectorize:VectorizeIndex"
PLUGIN_INDEX_TYPE = "vectorize:index:VectorizeIndex"
# A program's own resource class has another type token. The provider's check always adds these inputs.
_DYNAMIC = "pulumi-python:dynamic"
_CHECKED_INPUTS = {"accountId", "config", "forceDestroy", "metadataIndexes", "namePrefix"}
METRICS = ["cosine", "euclidean", "dot-product"]

Settings = Mapping[str, Any]
Schema = dict[str, dict[str, Any]]

# Every URN contains the stack. A pack that runs as a program gets it in no other way.
_STACK = re.compile(r"urn:pulumi:(.+?)::")


class Words(NamedTuple):
    """How a program declares what a message names."""

    protect: str
    force_destroy: str
    off: str


PYTHON = Words("declare it with opts=pulumi.ResourceOptions(protect=True)", "force_destroy", "False")
SCHEMA = Words("set its resource option protect: true", "forceDestroy", "false")


@dataclass(frozen=True)
class Index:
    """An index for a rule. `inputs` are checked, so they contain a generated name."""

    resource: str
    urn: str
    inputs: Mapping[str, Any]
    protected: bool

    @property
    def stack(self) -> str:
        """The stack that declares it."""
        found = _STACK.match(self.urn)
        return found[1] if found else ""

    @property
    def words(self) -> Words:
        """The words of the program that declares it. The types of its parents come before its own type in the URN."""
        types = self.urn.split("::")[2]
        return SCHEMA if types.rpartition("$")[2] == PLUGIN_INDEX_TYPE else PYTHON

    def __str__(self) -> str:
        """Return its name for messages."""
        return f'index "{self.resource}" of stack {self.stack}'


@dataclass(frozen=True)
class Rule:
    """One policy. `problem` returns what is wrong with an index and the fix, or None."""

    name: str
    description: str
    schema: Schema
    problem: Callable[[Index, Settings], str | None]

    def check(self, index: Index, config: Settings) -> str | None:
        """Apply the rule with the given settings, and the defaults of the schema for the rest."""
        return self.problem(index, {key: config.get(key, field["default"]) for key, field in self.schema.items()})


def is_index(resource_type: str, inputs: Mapping[str, Any]) -> bool:
    """Return whether a resource is a Vectorize index, by its type or by the inputs that only the dynamic provider writes.

    The stored provider would be certain, but pulumi-policy hides inputs that start with two underscores (1.21, 2026-11).
    """
    is_typed = resource_type in (DYNAMIC_INDEX_TYPE, PLUGIN_INDEX_TYPE)
    return is_typed or (resource_type.startswith(_DYNAMIC) and set(inputs) >= _CHECKED_INPUTS)


def protect_required(index: Index, settings: Settings) -> str | None:
    """Require `protect` in the chosen stacks."""
    if index.protected or not _matches(index.stack, settings["stacks"]):
        return None
    return f"{index} is not protected: {index.words.protect}"


def force_destroy_forbidden(index: Index, settings: Settings) -> str | None:
    """Refuse `force_destroy` in the chosen stacks."""
    if not _matches(index.stack, settings["stacks"]) or not index.inputs.get("forceDestroy"):
        return None
    _, option, off = index.words
    return f"{index} has {option}, which lets Pulumi delete its vectors: remove it, or set it to {off}"


def metrics_allowed(index: Index, settings: Settings) -> str | None:
    """Allow some metrics. `presets_allowed` decides about the metric of a preset."""
    metric = index.inputs["config"].get("metric")
    if not metric or metric in settings["metrics"]:
        return None
    return f"{index} compares vectors by {metric}: set config.metric to {_one_of(settings['metrics'])}"


def presets_allowed(index: Index, settings: Settings) -> str | None:
    """Allow some presets, or none."""
    preset = index.inputs["config"].get("preset")
    if not preset or _matches(preset, settings["presets"]):
        return None
    instead = f"set config.preset to {_one_of(settings['presets'])}" if settings["presets"] else "no preset is allowed"
    return f"{index} has the preset {preset}: {instead}, or set dimensions and metric"


def dimensions_allowed(index: Index, settings: Settings) -> str | None:
    """Allow some numbers of dimensions. `presets_allowed` decides about those of a preset."""
    dimensions = index.inputs["config"].get("dimensions")
    if not dimensions or not settings["dimensions"] or dimensions in settings["dimensions"]:
        return None
    return f"{index} has {dimensions:.0f} dimensions: set config.dimensions to {_one_of(settings['dimensions'])}"


def description_required(index: Index, settings: Settings) -> str | None:
    """Require a description of some length."""
    length = len((index.inputs.get("description") or "").strip())
    if length >= settings["minLength"]:
        return None
    found = f"a description of {length} characters" if length else "no description"
    return (
        f"{index} has {found}: describe its vectors in `description`, with at least {settings['minLength']:.0f} characters. "
        "A description that you add later replaces the index"
    )


def names_matched(index: Index, settings: Settings) -> str | None:
    """Require explicit and generated names that match a pattern as a whole."""
    pattern = settings["pattern"]
    try:
        matched = re.fullmatch(pattern, index.inputs["name"])
    except re.error as error:
        return f'the pattern "{pattern}" of the policy is not a regular expression ({error}): correct its configuration'
    if matched:
        return None
    return (
        f'{index} is called "{index.inputs["name"]}", which does not match {pattern}: set `name`, or rename the '
        "resource if the name is generated"
    )


def _matches(text: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _one_of(values: list[Any]) -> str:
    texts = [f"{value:.0f}" if isinstance(value, float) else str(value) for value in values]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


_STACKS: Schema = {
    "stacks": {
        "type": "array",
        "items": {"type": "string"},
        "default": ["prod", "prod-*", "*-prod", "production"],
        "description": "Stacks with this rule. * matches any text",
    }
}

RULES = [
    Rule("protect-required", "In the chosen stacks every index is protected.", _STACKS, protect_required),
    Rule(
        "force-destroy-forbidden", "In the chosen stacks no index has force_destroy.", _STACKS, force_destroy_forbidden
    ),
    Rule(
        "metrics-allowed",
        "Only these metrics are used.",
        {"metrics": {"type": "array", "items": {"type": "string", "enum": METRICS}, "minItems": 1, "default": METRICS}},
        metrics_allowed,
    ),
    Rule(
        "presets-allowed",
        "Only these presets are used. * matches any text, and an empty list allows none.",
        {"presets": {"type": "array", "items": {"type": "string"}, "default": ["*"]}},
        presets_allowed,
    ),
    Rule(
        "dimensions-allowed",
        "Only these numbers of dimensions are used. An empty list allows any.",
        {"dimensions": {"type": "array", "items": {"type": "integer", "minimum": 1}, "default": []}},
        dimensions_allowed,
    ),
    Rule(
        "description-required",
        "Every index has a description.",
        {"minLength": {"type": "integer", "minimum": 1, "default": 1}},
        description_required,
    ),
    Rule(
        "names-matched",
        "The names of indexes match a pattern, including generated names.",
        {"pattern": {"type": "string", "default": "[a-z0-9][a-z0-9_-]*"}},
        names_matched,
    ),
]
