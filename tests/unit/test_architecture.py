"""The rooms of provider/: arrows point downward only, and each outside library has one door."""

import ast
from pathlib import Path

import pytest

import pulumi_cloudflare_vectorize

PACKAGE = Path(pulumi_cloudflare_vectorize.__file__).parent

# From the bottom up; a module may import those of its own row and of any row below.
LAYERS = [
    {"errors", "_version"},
    {"config_keys", "masking"},
    {"naming", "settings", "waiting"},
    {"models", "limits", "advice"},
    {"declared", "envelope"},
    {"connections"},
    {"transport"},
    {"client"},
    {"lifecycle"},
    {"review"},
    {"servicer", "engine_log"},
    {"dynamic", "calls"},
    {"program"},
    {"resources"},
    {"lookups"},
    {"cli"},
    {"__init__"},
]
# The only modules that may import a library, or read what it names.
DOORS = {
    "pulumi": {"dynamic", "calls", "program", "resources", "lookups", "servicer", "engine_log", "cli"},
    "grpc": {"servicer", "engine_log"},
    "requests": {"connections"},
    "os": {"settings"},
    "tenacity": {"transport", "waiting", "lifecycle"},
    "time": {"waiting"},
    "typer": {"cli"},
    "rich": {"cli"},
    "subprocess": {"cli"},
}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield parts[0], path


def imported(path):
    """Yield (own module, outside package) pairs: one of the two is empty."""
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield "", alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield "", node.module.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module.partition(".")[0]] if node.module else [alias.name for alias in node.names]
            for name in names:
                yield name, ""


def layer(module):
    return next(index for index, row in enumerate(LAYERS) if module in row)


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value).rpartition("/")[2])
def test_a_module_imports_only_from_its_own_layer_or_below(module, path):
    above = [own for own, _ in imported(path) if own and layer(own) > layer(module)]
    assert above == []


@pytest.mark.parametrize(("library", "doors"), DOORS.items())
def test_a_library_has_its_doors_and_no_other(library, doors):
    users = {module for module, path in modules() for _, outside in imported(path) if outside == library}
    assert users == doors


def test_every_module_says_what_it_owns():
    silent = [str(path) for _, path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_modules_and_functions_stay_small():
    """house rule: modules under 300 lines, function bodies under 35."""
    long_modules = [path.name for _, path in modules() if len(path.read_text().splitlines()) > 340]
    assert long_modules == []
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                assert not body or node.end_lineno - body[0].lineno < 35, f"{path.name}: {node.name}"
