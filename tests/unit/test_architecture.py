"""The layers of provider/: imports point downward, there are no cycles, and each outside library has few importers."""

import ast
from functools import cache
from pathlib import Path

import pytest

import pulumi_cloudflare_vectorize

PACKAGE = Path(pulumi_cloudflare_vectorize.__file__).parent

# From the bottom up. A module may import modules of its own row and of every row below. Each row is a design decision.
LAYERS = [
    {"errors", "_version", "unknown", "resource_types"},
    {"config_keys", "masking"},
    {"config", "waiting"},
    {"api"},
    {"lifecycle"},
    {"review", "adoption"},
    {"engine_log", "engine_status"},
    {"dynamic", "plugin"},
    {"program"},
    {"resources"},
    {"functions"},
    {"cli"},
    {"", "__main__"},
]
# The only modules that may import a library, or use what it offers.
IMPORTERS = {
    "pulumi": {
        "dynamic",
        "dynamic.handlers",
        "dynamic.sdk_internals",
        "dynamic.values",
        "engine_log",
        "engine_status",
        "functions",
        "plugin.detailed_diff",
        "plugin.provider",
        "plugin.provider_config",
        "plugin.resources",
        "plugin.serving",
        "program",
        "resources",
    },
    "grpc": {"dynamic.sdk_internals", "engine_log", "engine_status", "plugin.provider", "plugin.serving"},
    "requests": {"api.http"},
    "urllib3": {"api.http"},
    "pydantic": {"api.client", "api.models", "lifecycle.inputs"},
    "tenacity": {"api.retry", "waiting"},
    "os": {"config"},
    "time": {"waiting"},
    "typer": {"cli.main"},
    "yaml": {"cli.adopt"},
    "rich": {"review.render.terminal"},
    "subprocess": {"cli.engine"},
}
# Imports inside functions, each with a reason in the module.
DEFERRED = {"dynamic", "api.retry", "functions", "engine_status", "plugin.provider", "plugin.server"}


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def imports(name):
    """Return (module of this package, outside package, whether it is inside a function). One of the first two is empty."""
    return list(imports_in(name))


def imports_in(name):
    tree = ast.parse(MODULES[name].read_text())
    inside = {
        id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    }
    parts = name.split(".") if name else []
    base = parts if MODULES[name].name == "__init__.py" else parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield "", alias.name.partition(".")[0], id(node) in inside
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield "", node.module.partition(".")[0], id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            package = [*base[: len(base) - node.level + 1], *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                submodule = ".".join([*package, alias.name])
                yield submodule if submodule in MODULES else ".".join(package), "", id(node) in inside


def layer(name):
    top = name.partition(".")[0]
    return next(index for index, row in enumerate(LAYERS) if top in row)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_its_own_layer_or_below(name):
    above = [own for own, outside, _ in imports(name) if not outside and layer(own) > layer(name)]
    assert above == []


def test_no_module_imports_itself_through_others():
    graph = {name: {own for own, outside, _ in imports(name) if not outside and own != name} for name in MODULES}
    done = set()

    def visit(name, path):
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            for other in graph[name]:
                visit(other, [*path, name])
            done.add(name)

    for name in graph:
        visit(name, [])


@pytest.mark.parametrize(("library", "importers"), IMPORTERS.items())
def test_a_library_is_imported_only_by_its_importers(library, importers):
    assert {name for name in MODULES for _, outside, _ in imports(name) if outside == library} == importers


def test_imports_inside_functions_are_few():
    assert {name for name in MODULES for *_, is_inside in imports(name) if is_inside} == DEFERRED


def test_every_module_has_a_docstring():
    assert [name for name, path in MODULES.items() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_modules_and_functions_are_small():
    """Modules under 300 lines, and function bodies under 35."""
    assert [name for name, path in MODULES.items() if len(path.read_text().splitlines()) > 340] == []
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                assert not body or node.end_lineno - body[0].lineno < 35, f"{name}: {node.name}"
