"""The previews of the golden corpus: what each stack holds first, and every change that is previewed against it.

A preview changes nothing, so all cases of a scenario share one stack. Longer than a module should be, as it is one table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pulumi.dynamic.dynamic import serialize_provider

from pulumi_cloudflare_vectorize.dynamic import IndexProvider
from tests.corpus.programs import DYNAMIC, FRONT_ENDS, PLUGIN, FrontEnd, NameOf, Program, Resource, Secret, SizeOf, urn
from tests.e2e.harness import ACCOUNT, OTHER_ACCOUNT, PROJECT, STACK, TOKEN, Emulator, Stack

Form = Literal["document", "events", "plan"]


@dataclass(frozen=True)
class Place:
    """Where the cases of a scenario are made, with one front end."""

    stack: Stack
    emulator: Emulator
    front_end: FrontEnd

    def write(self, program: Program) -> None:
        """Write the program of the stack."""
        self.front_end.write(self.stack, program)


def nothing(_place: Place) -> None:
    """Leave everything as it is."""


@dataclass(frozen=True)
class Case:
    """One preview, and how it is reviewed.

    Args:
        name: its folder.
        program: what is previewed; None keeps the one of the scenario.
        form: how the engine is asked to write it.
        command: of the engine.
        flags: of `pulumi-vectorize review`.
        meddle: done before, and left so for the cases that follow.
        is_large: stored compressed, its review as JSON left out.
        front_ends: which of them can make it.
    """

    name: str
    program: Program | None = None
    form: Form = "document"
    command: tuple[str, ...] = ("preview",)
    flags: tuple[str, ...] = ()
    meddle: Callable[[Place], None] = nothing
    is_large: bool = False
    front_ends: tuple[FrontEnd, ...] = FRONT_ENDS


@dataclass(frozen=True)
class Scenario:
    """A program that is applied first, what its indexes then hold, and the cases."""

    name: str
    program: Program
    cases: tuple[Case, ...]
    vectors: Mapping[str, int] = field(default_factory=dict)  # index, or logical name for a generated one → number
    prepare: Callable[[Place], None] = nothing

    def cases_of(self, front_end: FrontEnd) -> tuple[Case, ...]:
        """Return the cases that a front end can make."""
        return tuple(case for case in self.cases if front_end in case.front_ends)


REFRESH = ("refresh", "--preview-only")
DRIFT = ("--drift",)

NO_PROGRAM = Program()


def index(dimensions: int = 64, *, resource: str = "docs", is_exported: bool = True, **given: Any) -> Program:
    """Declare one index, and export its name. Resource options are among the arguments."""
    options = {key: given.pop(key) for key in _OPTIONS if key in given}
    arguments = {"config": {"dimensions": dimensions, "metric": "cosine"}, **given}
    return Program((Resource("index", resource, arguments, options, is_exported),))


_OPTIONS = (
    "protect",
    "retain_on_delete",
    "delete_before_replace",
    "replace_on_changes",
    "ignore_changes",
    "alias",
    "depends_on",
    "import_",
    "provider",
)


def metadata_index(name: str, index_type: str, index_name: str | NameOf = "docs") -> Program:
    """Declare a separate metadata index."""
    arguments = {"index_name": index_name, "property_name": name, "index_type": index_type}
    return Program((Resource("metadata index", name, arguments),))


def other(name: str, value: int, kind: str = "a") -> Program:
    """Declare a resource of another kind, whose outputs are unknown in every preview that creates or updates it."""
    return Program((Resource("other", name, {"value": value, "kind": kind}),))


def fixed(dimensions: int = 64, **changes: Any) -> Program:
    """Declare the index of the scenario `fixed`, changed."""
    given = {"name": "docs", "description": "d", "metadata_indexes": {"lang": "string", "price": "number"}}
    return index(dimensions, **{**given, **changes})


def declared(*names: str, dimensions: int = 64, **options: Any) -> Program:
    """Declare indexes with generated names."""
    return sum((index(dimensions, resource=name, **options) for name in names), NO_PROGRAM)


FIXED = Scenario(
    "fixed",
    fixed(),
    vectors={"docs": 120_331},
    cases=(
        Case("no-change", fixed()),
        Case("show-sames", fixed(), command=("preview", "--show-sames")),
        Case("replace-dimensions", fixed(128)),
        Case("replace-dimensions-allowed", fixed(128), flags=("--allow", "docs")),
        Case("replace-dimensions-events", fixed(128), form="events"),
        Case("replace-dimensions-plan", fixed(128), form="plan"),
        Case("replace-dimensions-all-steps", fixed(128), command=("preview", "--show-replacement-steps")),
        Case("replace-metric", fixed(config={"dimensions": 64, "metric": "euclidean"})),
        Case("replace-preset", fixed(config={"preset": "@cf/baai/bge-small-en-v1.5"})),
        Case("replace-name", fixed(name="docs-v2")),
        Case("replace-name-events", fixed(name="docs-v2"), form="events"),
        Case("replace-description", fixed(description="e")),
        Case(
            "replace-description-of-secret",
            fixed(description=Secret("hush")),
        ),
        Case("replace-account", fixed(account_id=OTHER_ACCOUNT)),
        Case(
            "replace-everything-forced",
            fixed(128, description="e", metadata_indexes={"lang": "number"}, force_destroy=True),
        ),
        Case("replace-by-flag", fixed(), command=("preview", "--replace", urn("docs"))),
        Case("replace-on-changes", fixed(force_destroy=True, replace_on_changes=["forceDestroy"])),
        Case("replace-create-first-by-option", fixed(128, delete_before_replace=False)),
        Case("force-destroy-turned-on", fixed(force_destroy=True)),
        Case("ignore-changes", fixed(description="e", ignore_changes=["description"])),
        Case("metadata-added", fixed(metadata_indexes={"lang": "string", "price": "number", "public": "boolean"})),
        Case("metadata-removed", fixed(metadata_indexes={"lang": "string"})),
        Case("metadata-retyped", fixed(metadata_indexes={"lang": "string", "price": "string"})),
        Case("delete", NO_PROGRAM),
        Case("delete-allowed", NO_PROGRAM, flags=("--allow", "docs")),
        Case("delete-not-empty", NO_PROGRAM, flags=("--allow-empty",)),
        Case("delete-events", NO_PROGRAM, form="events"),
        Case("delete-plan", NO_PROGRAM, form="plan"),
        Case("destroy", command=("destroy", "--preview-only")),
        Case("allow-of-a-name-at-no-risk", fixed(), flags=("--allow", "nope")),
        Case("rename-without-alias", fixed(resource="papers")),
        Case("rename-with-alias", fixed(resource="papers", alias="docs")),
        Case("rename-with-alias-and-replace", fixed(128, resource="papers", alias="docs")),
        Case("target-of-another", fixed(128) + declared("other"), command=("preview", "--target", urn("other"))),
        Case("protect-added", fixed(protect=True)),
        Case("retain-added-with-replace", fixed(128, retain_on_delete=True)),
        Case("check-fails", fixed(9999)),
        Case("program-fails", fixed() + Program(failure="boom `x` <b>")),
        Case("program-fails-events", fixed() + Program(failure="boom"), form="events"),
        Case(
            "import-option-fails",
            fixed() + index(resource="other", name="other", import_="other", depends_on="docs"),
            front_ends=(DYNAMIC,),  # it works with the plugin: import-option
        ),
        Case(
            "hostile-description",
            fixed(
                description="| x | </td><script>alert(1)</script> @team `code` [a](http://x.example) \u202eevil\x1b[31m\n\n# H"
            ),
        ),
    ),
)

GENERATED = Scenario(
    "generated",
    declared("docs"),
    vectors={"docs": 0},
    cases=(
        Case("generated-replace-empty", declared("docs", dimensions=128)),
        Case("generated-replace-empty-allowed", declared("docs", dimensions=128), flags=("--allow-empty",)),
        Case("generated-replace-events", declared("docs", dimensions=128), form="events"),
        Case("generated-replace-plan", declared("docs", dimensions=128), form="plan"),
        Case("generated-description", index(description="new words")),
        Case("generated-becomes-fixed", index(name="docs")),
        Case("generated-rename-without-alias", declared("papers")),
    ),
)

PROTECTED = Scenario(
    "protected",
    index(name="docs", protect=True),
    vectors={"docs": 42},
    cases=(
        Case("protect-refuses-replace", index(128, name="docs", protect=True)),
        Case("protect-refuses-delete", NO_PROGRAM),
        Case("protect-refuses-delete-events", NO_PROGRAM, form="events"),
        Case("protect-removed", index(name="docs")),
        Case("protect-removed-plan", index(name="docs"), form="plan"),
        Case("protect-removed-with-replace", index(128, name="docs")),
        Case("protect-removed-with-force-destroy", index(name="docs", force_destroy=True)),
    ),
)

RETAINED = Scenario(
    "retained",
    declared("docs", retain_on_delete=True),
    vectors={"docs": 9},
    cases=(
        Case("retain-delete", NO_PROGRAM),
        Case("retain-replace", declared("docs", dimensions=128, retain_on_delete=True)),
        Case("retain-removed-with-replace", declared("docs", dimensions=128)),
    ),
)


def _used(generation: int, **arguments: Any) -> Program:
    config = {"dimensions": SizeOf("source"), "metric": "cosine"}
    return other("source", generation) + index(config=config, is_exported=False, **arguments)


UNKNOWN = Scenario(
    "unknown",
    _used(1),
    vectors={"docs": 5},
    cases=(
        Case("unknown-dimensions", _used(2)),
        Case("unknown-dimensions-and-a-known-reason", _used(2, description="new")),
        Case("unknown-dimensions-events", _used(2), form="events"),
    ),
)


def _mixed(
    dimensions: int = 64,
    index_type: str | None = "number",
    kind: str = "a",
    value: int = 1,
    count: int = 2,
    **changes: Any,
) -> Program:
    own = metadata_index("price", index_type, NameOf("docs")) if index_type else NO_PROGRAM
    others = sum((other(f"other-{number}", value, kind) for number in range(count)), NO_PROGRAM)
    return index(dimensions, name="docs", **changes) + own + others


MIXED = Scenario(
    "mixed",
    _mixed(),
    vectors={"docs": 77},
    cases=(
        Case("mixed-others-only", _mixed(value=2, count=3)),
        Case("mixed-others-replaced-and-deleted", _mixed(kind="b", value=2, count=1)),
        Case("mixed-replace", _mixed(128, value=2)),
        Case("mixed-replace-events", _mixed(128, value=2), form="events"),
        Case("mixed-update-in-place", _mixed(metadata_indexes={"lang": "string"})),
        Case("mixed-update-in-place-events", _mixed(metadata_indexes={"lang": "string"}), form="events"),
        Case("metadata-index-removed", _mixed(index_type=None)),
        Case("metadata-index-retyped", _mixed(index_type="string")),
    ),
)

_CREATED = (
    index(name="docs", metadata_indexes={"lang": "string"})
    + index(resource="small", config={"preset": "@cf/baai/bge-small-en-v1.5"})
    + metadata_index("price", "number")
)
_HOSTILE = sum(
    (
        index(resource=name, is_exported=False)
        for name in ("a|b", "<img src=x onerror=alert(1)>", "@everyone", "x --> y", "[click](javascript:alert(1))")
    ),
    NO_PROGRAM,
)


def _lookup(name: str) -> Program:
    return Program((Resource("lookup", name, {"id": name}),))


def _secret_config(place: Place) -> None:
    place.stack.run("config", "set", "--secret", "app:password", "correct-horse")


def _created_by_hand(place: Place) -> None:
    place.emulator.create("seen")


EMPTY = Scenario(
    "empty",
    NO_PROGRAM,
    prepare=_created_by_hand,
    cases=(
        Case("empty-program", NO_PROGRAM),
        Case("create", _CREATED),
        Case("create-events", _CREATED, form="events"),
        Case("create-plan", _CREATED, form="plan"),
        Case("create-hostile-names", _HOSTILE),
        Case("adopt", index(name="seen", adopt=True)),
        Case("get-existing", _lookup("seen")),
        Case("get-missing-fails", _lookup("missing")),
        Case("secret-config", index(), meddle=_secret_config),
    ),
)


def _taint(place: Place) -> None:
    place.stack.run("state", "taint", place.front_end.urn("docs"), "--yes")


TAINTED = Scenario(
    "tainted",
    index(name="docs"),
    vectors={"docs": 3},
    prepare=_taint,
    cases=(Case("tainted", index(name="docs")),),
)


def _import(place: Place) -> None:
    live = place.emulator.create("docs", description="made by hand")
    resource: dict[str, Any] = {"type": place.front_end.index_type, "name": "docs", "id": "docs"}
    if place.front_end is DYNAMIC:
        key = {"__provider": serialize_provider(IndexProvider())}
        resource |= {"inputs": {**key, "accountId": ACCOUNT, "name": "docs"}, "outputs": key}
    (place.stack.directory / "import.json").write_text(json.dumps({"resources": [resource]}))
    place.stack.run("import", "--file", "../import.json", "--yes", "--generate-code=false")
    place.stack.refresh()
    assert live["name"] in place.stack.ids()


IMPORTED = Scenario(
    "imported",
    NO_PROGRAM,
    prepare=_import,
    vectors={"docs": 204_331},
    cases=(
        Case("imported-loses-protection", index(name="docs", description="made by hand")),
        Case("imported-and-kept", index(name="docs", description="made by hand", protect=True)),
        Case("imported-with-other-words", index(name="docs", description="docs", protect=True)),
    ),
)


def _fail_half_way(place: Place) -> None:
    place.emulator.fault(method="POST", path="indexes", status=400, code=3003, count=9)
    place.write(index(128, name="docs"))
    place.stack.up(code=None)
    place.emulator.clear_faults()


INTERRUPTED = Scenario(
    "interrupted",
    index(name="docs"),
    prepare=_fail_half_way,
    cases=(Case("interrupted-replacement", index(128, name="docs")),),
)


def _leave_over(place: Place) -> None:
    place.emulator.fault(method="DELETE", status=400, code=40006)
    place.write(index(name="docs-v2"))
    place.stack.up(code=None)
    place.emulator.fill("docs", 7)


LEFT_OVER = Scenario(
    "left-over",
    index(name="docs"),
    prepare=_leave_over,
    cases=(
        Case("left-over-is-not-in-the-document", index(name="docs-v2")),
        Case("left-over-all-steps", index(name="docs-v2"), command=("preview", "--show-replacement-steps")),
        Case("left-over-events", index(name="docs-v2"), form="events"),
        Case("left-over-forced-events", index(name="docs-v2", force_destroy=True), form="events"),
    ),
)


def _made_anew(dimensions: int, description: str = "", **metadata: str) -> Callable[[Place], None]:
    def meddle(place: Place) -> None:
        emulator = place.emulator
        emulator.delete("docs")
        emulator.create("docs", dimensions, description=description)
        for name, type_ in metadata.items():
            emulator.change_metadata("create", "docs", propertyName=name, indexType=type_)
        emulator.fill("docs", 500)

    return meddle


def _gone(place: Place) -> None:
    place.emulator.delete("docs")


def _without_price(place: Place) -> None:
    place.emulator.change_metadata("delete", "docs", propertyName="price")


DRIFTED = Scenario(
    "drifted",
    fixed() + metadata_index("year", "number", NameOf("docs")),
    vectors={"docs": 900},
    cases=(
        Case("drift-none", command=REFRESH, flags=DRIFT),
        Case("drift-metadata-removed", command=REFRESH, flags=DRIFT, meddle=_without_price),
        Case(
            "drift-description",
            command=REFRESH,
            flags=DRIFT,
            meddle=_made_anew(64, "other words", lang="string", price="number", year="number"),
        ),
        Case(
            "drift-shape",
            command=REFRESH,
            flags=DRIFT,
            meddle=_made_anew(32, "d", lang="string", price="boolean", year="string"),
        ),
        Case("drift-shape-allowed", command=REFRESH, flags=(*DRIFT, "--allow", "docs", "--allow", "year")),
        Case("drift-shape-events", command=REFRESH, flags=DRIFT, form="events"),
        Case("drift-seen-by-a-preview", fixed(), command=("preview", "--refresh")),
        Case(
            "drift-made-anew-events",
            command=REFRESH,
            flags=DRIFT,
            form="events",
            meddle=_made_anew(64, "d", lang="string", price="number", year="number"),
        ),
        Case("drift-gone", command=REFRESH, flags=DRIFT, meddle=_gone),
        Case("drift-gone-events", command=REFRESH, flags=DRIFT, form="events"),
        Case("drift-gone-seen-by-a-preview", fixed(), command=("preview", "--refresh")),
    ),
)


def _many(dimensions: int, count: int) -> Program:
    config = {"dimensions": dimensions, "metric": "cosine"}
    return Program(tuple(Resource("index", f"docs-{number:03}", {"config": config}) for number in range(count)))


MANY = Scenario(
    "many",
    _many(64, 500),
    vectors={"docs-007": 12, "docs-450": 90_000},
    cases=(
        Case(
            "many-replaced-and-deleted",
            _many(128, 400),
            is_large=True,
            front_ends=(DYNAMIC,),  # the size of a preview depends on no front end, and this one has 140 KB
        ),
    ),
)


def _explicit(account_id: str = ACCOUNT, **options: Any) -> Program:
    """Declare an index with a provider of its own."""
    arguments = {"account_id": account_id, "api_token": TOKEN}
    return Program((Resource("provider", "edge", arguments, options),)) + fixed(provider="edge")


_PROVIDER_URN = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:providers:vectorize::edge"
_ONLY_PLUGIN = (PLUGIN,)


def _other_account(place: Place) -> None:
    place.stack.run("config", "set", "vectorize:accountId", OTHER_ACCOUNT)


# What only the plugin can do.
EXPLICIT_PROVIDER = Scenario(
    "explicit-provider",
    _explicit(),
    vectors={"docs": 31},
    cases=tuple(
        replace(case, front_ends=_ONLY_PLUGIN)
        for case in (
            Case("provider-no-change", _explicit()),
            Case("provider-of-another-account", _explicit(OTHER_ACCOUNT)),
            Case("provider-replaced", _explicit(), command=("preview", "--replace", _PROVIDER_URN)),
            Case("provider-becomes-default", fixed()),
        )
    ),
)
IMPORT_OPTION = Scenario(
    "import-option",
    fixed(),
    vectors={"docs": 31},
    prepare=_created_by_hand,
    cases=tuple(
        replace(case, front_ends=_ONLY_PLUGIN)
        for case in (
            Case("import-option", fixed() + index(resource="seen", name="seen", import_="seen")),
            Case("default-provider-of-another-account", fixed(), meddle=_other_account),
        )
    ),
)

SCENARIOS = (
    FIXED,
    GENERATED,
    PROTECTED,
    RETAINED,
    UNKNOWN,
    MIXED,
    EMPTY,
    TAINTED,
    IMPORTED,
    INTERRUPTED,
    LEFT_OVER,
    DRIFTED,
    MANY,
    EXPLICIT_PROVIDER,
    IMPORT_OPTION,
)
