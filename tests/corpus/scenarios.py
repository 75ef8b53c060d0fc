"""The previews of the golden corpus: what each stack holds first, and every change that is previewed against it.

A preview changes nothing, so all cases of a scenario share one stack. Longer than a module should be, as it is one table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi.dynamic.dynamic import serialize_provider

from pulumi_cloudflare_vectorize.dynamic import IndexProvider
from tests.e2e.harness import ACCOUNT, INDEX_TYPE, OTHER_ACCOUNT, PROJECT, STACK, Emulator, Stack, index

Form = Literal["document", "events", "plan"]


def nothing(_stack: Stack, _emulator: Emulator) -> None:
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
    """

    name: str
    program: str | None = None
    form: Form = "document"
    command: tuple[str, ...] = ("preview",)
    flags: tuple[str, ...] = ()
    meddle: Callable[[Stack, Emulator], None] = nothing
    is_large: bool = False


@dataclass(frozen=True)
class Scenario:
    """A program that is applied first, what its indexes then hold, and the cases."""

    name: str
    program: str
    cases: tuple[Case, ...]
    vectors: Mapping[str, int] = field(default_factory=dict)  # index, or logical name for a generated one → number
    prepare: Callable[[Stack, Emulator], None] = nothing


REFRESH = ("refresh", "--preview-only")
DRIFT = ("--drift",)

# A resource of another kind, whose outputs are unknown in every preview that creates or updates it.
OTHER = """
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

class OtherProvider(ResourceProvider):
    def diff(self, _id, olds, news):
        return DiffResult(changes=olds.get("value") != news.get("value"), replaces=["kind"] if olds["kind"] != news["kind"] else [])

    def create(self, props):
        return CreateResult("other", {**props, "result": props["value"]})

    def update(self, _id, _olds, news):
        return UpdateResult({**news, "result": news["value"]})

class Other(Resource):
    result: object

    def __init__(self, name, value, kind="a", opts=None):
        super().__init__(OtherProvider(), name, {"result": None, "value": value, "kind": kind}, opts)
"""


def fixed(dimensions: int = 64, **changes: Any) -> str:
    """Declare the index of the scenario `fixed`, changed."""
    given = {"name": "docs", "description": "d", "metadata_indexes": {"lang": "string", "price": "number"}}
    return index(dimensions, **{**given, **changes})


def declared(*names: str, dimensions: int = 64, opts: str = "") -> str:
    """Declare indexes with generated names."""
    return "".join(index(dimensions, resource=name, opts=opts) for name in names)


def urn(name: str) -> str:
    """Return the URN of an index."""
    return f"urn:pulumi:{STACK}::{PROJECT}::{INDEX_TYPE}::{name}"


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
            fixed().replace("description='d'", "description=pulumi.Output.secret('hush')"),
        ),
        Case("replace-account", fixed(account_id=OTHER_ACCOUNT)),
        Case(
            "replace-everything-forced",
            fixed(128, description="e", metadata_indexes={"lang": "number"}, force_destroy=True),
        ),
        Case("replace-by-flag", fixed(), command=("preview", "--replace", urn("docs"))),
        Case("replace-on-changes", fixed(force_destroy=True, opts='replace_on_changes=["forceDestroy"]')),
        Case("replace-create-first-by-option", fixed(128, opts="delete_before_replace=False")),
        Case("force-destroy-turned-on", fixed(force_destroy=True)),
        Case("ignore-changes", fixed(description="e", opts='ignore_changes=["description"]')),
        Case("metadata-added", fixed(metadata_indexes={"lang": "string", "price": "number", "public": "boolean"})),
        Case("metadata-removed", fixed(metadata_indexes={"lang": "string"})),
        Case("metadata-retyped", fixed(metadata_indexes={"lang": "string", "price": "string"})),
        Case("delete", ""),
        Case("delete-allowed", "", flags=("--allow", "docs")),
        Case("delete-not-empty", "", flags=("--allow-empty",)),
        Case("delete-events", "", form="events"),
        Case("delete-plan", "", form="plan"),
        Case("destroy", command=("destroy", "--preview-only")),
        Case("allow-of-a-name-at-no-risk", fixed(), flags=("--allow", "nope")),
        Case("rename-without-alias", fixed(resource="papers")),
        Case("rename-with-alias", fixed(resource="papers", opts='aliases=[pulumi.Alias(name="docs")]')),
        Case(
            "rename-with-alias-and-replace", fixed(128, resource="papers", opts='aliases=[pulumi.Alias(name="docs")]')
        ),
        Case("target-of-another", fixed(128) + declared("other"), command=("preview", "--target", urn("other"))),
        Case("protect-added", fixed(opts="protect=True")),
        Case("retain-added-with-replace", fixed(128, opts="retain_on_delete=True")),
        Case("check-fails", fixed(9999)),
        Case("program-fails", fixed() + 'raise ValueError("boom `x` <b>")\n'),
        Case("program-fails-events", fixed() + 'raise ValueError("boom")\n', form="events"),
        Case(
            "import-option-fails",
            fixed() + index(resource="other", name="other", opts='import_="other", depends_on=[docs]'),
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
    index(name="docs", opts="protect=True"),
    vectors={"docs": 42},
    cases=(
        Case("protect-refuses-replace", index(128, name="docs", opts="protect=True")),
        Case("protect-refuses-delete", ""),
        Case("protect-refuses-delete-events", "", form="events"),
        Case("protect-removed", index(name="docs")),
        Case("protect-removed-plan", index(name="docs"), form="plan"),
        Case("protect-removed-with-replace", index(128, name="docs")),
        Case("protect-removed-with-force-destroy", index(name="docs", force_destroy=True)),
    ),
)

RETAINED = Scenario(
    "retained",
    declared("docs", opts="retain_on_delete=True"),
    vectors={"docs": 9},
    cases=(
        Case("retain-delete", ""),
        Case("retain-replace", declared("docs", dimensions=128, opts="retain_on_delete=True")),
        Case("retain-removed-with-replace", declared("docs", dimensions=128)),
    ),
)


def _used(generation: int, **arguments: Any) -> str:
    given = "".join(f", {key}={value!r}" for key, value in arguments.items())
    return OTHER + (
        f"source = Other('source', {generation})\n"
        "size = source.result.apply(lambda _: 64)\n"
        f"docs = vectorize.VectorizeIndex('docs', config={{'dimensions': size, 'metric': 'cosine'}}{given})\n"
    )


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
) -> str:
    own = f"vectorize.VectorizeMetadataIndex('price', index_name=docs.name, property_name='price', index_type={index_type!r})\n"
    others = "".join(f"Other('other-{number}', {value}, {kind!r})\n" for number in range(count))
    return OTHER + index(dimensions, name="docs", **changes) + (own if index_type else "") + others


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
    + "vectorize.VectorizeMetadataIndex('price', index_name='docs', property_name='price', index_type='number')\n"
)
_HOSTILE = "".join(
    index(resource=name).replace("pulumi.export", "# ").replace(f"{name.replace('-', '_')} = ", "", 1).splitlines()[0]
    + "\n"
    for name in ("a|b", "<img src=x onerror=alert(1)>", "@everyone", "x --> y", "[click](javascript:alert(1))")
)


def _secret_config(stack: Stack, _emulator: Emulator) -> None:
    stack.run("config", "set", "--secret", "app:password", "correct-horse")


def _somebody_elses(_stack: Stack, emulator: Emulator) -> None:
    emulator.create("seen")


EMPTY = Scenario(
    "empty",
    "",
    prepare=_somebody_elses,
    cases=(
        Case("empty-program", ""),
        Case("create", _CREATED),
        Case("create-events", _CREATED, form="events"),
        Case("create-plan", _CREATED, form="plan"),
        Case("create-hostile-names", _HOSTILE),
        Case("adopt", index(name="seen", adopt=True)),
        Case("get-existing", 'vectorize.VectorizeIndex.get("seen", "seen")\n'),
        Case("get-missing-fails", 'vectorize.VectorizeIndex.get("missing", "missing")\n'),
        Case("secret-config", index(), meddle=_secret_config),
    ),
)


def _taint(stack: Stack, _emulator: Emulator) -> None:
    stack.run("state", "taint", urn("docs"), "--yes")


TAINTED = Scenario(
    "tainted",
    index(name="docs"),
    vectors={"docs": 3},
    prepare=_taint,
    cases=(Case("tainted", index(name="docs")),),
)


def _import(stack: Stack, emulator: Emulator) -> None:
    live = emulator.create("docs", description="made by hand")
    key = {"__provider": serialize_provider(IndexProvider())}
    resource = {
        "type": INDEX_TYPE,
        "name": "docs",
        "id": "docs",
        "inputs": {**key, "accountId": ACCOUNT, "name": "docs"},
    }
    (stack.directory / "import.json").write_text(json.dumps({"resources": [{**resource, "outputs": key}]}))
    stack.run("import", "--file", "../import.json", "--yes", "--generate-code=false")
    stack.refresh()
    assert live["name"] in stack.ids()


IMPORTED = Scenario(
    "imported",
    "",
    prepare=_import,
    vectors={"docs": 204_331},
    cases=(
        Case("imported-loses-protection", index(name="docs", description="made by hand")),
        Case("imported-and-kept", index(name="docs", description="made by hand", opts="protect=True")),
        Case("imported-with-other-words", index(name="docs", description="docs", opts="protect=True")),
    ),
)


def _fail_half_way(stack: Stack, emulator: Emulator) -> None:
    emulator.fault(method="POST", path="indexes", status=400, code=3003, count=9)
    stack.declare(128, name="docs")
    stack.up(code=1)
    emulator.clear_faults()


INTERRUPTED = Scenario(
    "interrupted",
    index(name="docs"),
    prepare=_fail_half_way,
    cases=(Case("interrupted-replacement", index(128, name="docs")),),
)


def _leave_over(stack: Stack, emulator: Emulator) -> None:
    emulator.fault(method="DELETE", status=400, code=40006)
    stack.declare(name="docs-v2")
    stack.up(code=1)
    emulator.fill("docs", 7)


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


def _made_anew(dimensions: int, description: str = "", **metadata: str) -> Callable[[Stack, Emulator], None]:
    def meddle(_stack: Stack, emulator: Emulator) -> None:
        emulator.delete("docs")
        emulator.create("docs", dimensions, description=description)
        for name, type_ in metadata.items():
            emulator.change_metadata("create", "docs", propertyName=name, indexType=type_)
        emulator.fill("docs", 500)

    return meddle


def _gone(_stack: Stack, emulator: Emulator) -> None:
    emulator.delete("docs")


def _without_price(_stack: Stack, emulator: Emulator) -> None:
    emulator.change_metadata("delete", "docs", propertyName="price")


DRIFTED = Scenario(
    "drifted",
    fixed()
    + "vectorize.VectorizeMetadataIndex('year', index_name=docs.name, property_name='year', index_type='number')\n",
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


def _many(dimensions: int, count: int) -> str:
    return (
        f"for number in range({count}):\n"
        f'    vectorize.VectorizeIndex(f"docs-{{number:03}}", config={{"dimensions": {dimensions}, "metric": "cosine"}})\n'
    )


MANY = Scenario(
    "many",
    _many(64, 500),
    vectors={"docs-007": 12, "docs-450": 90_000},
    cases=(Case("many-replaced-and-deleted", _many(128, 400), is_large=True),),
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
)
