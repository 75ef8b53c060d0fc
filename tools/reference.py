"""Write the generated parts of docs/reference/: the tables of properties, settings and options, from the code that has the facts.

A generated part is between `<!-- NAME -->` and `<!-- /NAME -->`. Without `--write`, the command fails if a part differs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from pulumi_cloudflare_vectorize import config_keys
from pulumi_cloudflare_vectorize.cli.main import app
from pulumi_cloudflare_vectorize.lifecycle.effects import Effect
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import EFFECTS
from pulumi_cloudflare_vectorize.lifecycle.inputs import DeclaredConfig, IndexInputs, MetadataIndexInputs
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.state import REPLACES

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
# Set by the SDK, not by a program.
HIDDEN = ("config", "namePrefix", "retainOnDelete")
# Setting → what it is, in the order of the table.
SETTINGS = {
    config_keys.API_TOKEN: "API token, a secret",
    config_keys.API_KEY: "global API key, a secret, instead of a token",
    config_keys.EMAIL: "email address of the global API key",
    config_keys.ACCOUNT_ID: "account ID, 32 hexadecimal digits",
    config_keys.BASE_URL: "base URL of the API",
    config_keys.CREATE_TIMEOUT: "timeout of create, read and update, 5 minutes by default",
    config_keys.DELETE_TIMEOUT: "timeout of delete, 5 minutes by default",
    config_keys.METADATA_INDEX_TIMEOUT: "timeout of metadata indexes, 10 minutes by default",
    config_keys.WORKERS: "resources that the provider works on at a time",
}


def table(*rows: tuple[str, ...]) -> str:
    """Write a Markdown table. The first row is its head."""
    head, *body = rows
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def properties() -> str:
    """Write the properties of an index."""

    def rows() -> Iterator[tuple[str, str, str]]:
        for model, prefix in ((DeclaredConfig, "config."), (IndexInputs, "")):
            for name, field in model.model_fields.items():
                path = f"{prefix}{field.alias}"
                if path not in HIDDEN:
                    yield f"`{prefix}{name}`", effect_of(path), str(field.description)

    return table(("property", "a change", "what it is"), *rows())


def effect_of(path: str) -> str:
    """Return what a change of a property does, in a few words."""
    if EFFECTS[path] is Effect.REPLACES:
        return "replaces the index"
    return "changes only that metadata index" if path == "metadataIndexes" else "nothing in the account"


def metadata_index_properties() -> str:
    """Write the properties of a separate metadata index."""
    rows = (
        (
            f"`{name}`",
            "replaces the metadata index" if field.alias in REPLACES else "nothing in the account",
            str(field.description),
        )
        for name, field in MetadataIndexInputs.model_fields.items()
    )
    return table(("property", "a change", "what it is"), *rows)


def settings() -> str:
    """Write the settings and their places."""

    def rows() -> Iterator[tuple[str, str, str]]:
        for place, what in SETTINGS.items():
            official = f", `{place.official_key}`" if place.is_official and place is not config_keys.ACCOUNT_ID else ""
            yield what, f"`{place.config_key}`{official}", f"`{place.variable}`"

    return table(("setting", "stack configuration", "environment"), *rows())


def command_line() -> str:
    """Write the commands and their options."""
    group: Any = typer.main.get_command(app)
    parts = []
    for name, command in group.commands.items():
        rows = [(f"`{spelling(item)}`", str(getattr(item, "help", ""))) for item in command.params]
        parts.append(f"## pulumi-vectorize {name}\n\n{command.help}\n\n{table(('argument', 'meaning'), *rows)}")
    return "\n\n".join(parts)


def spelling(item: Any) -> str:
    """Return an option or an argument as a user writes it."""
    return str(item.opts[0]) if item.param_type_name == "option" else str(item.name).upper()


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "properties": ("resources.md", properties),
    "metadata index properties": ("resources.md", metadata_index_properties),
    "settings": ("configuration.md", settings),
    "command line": ("cli.md", command_line),
}


def generated(name: str) -> tuple[Path, str, str]:
    """Return the file of a part, its text, and the text with the part as it is generated."""
    file, write = PARTS[name]
    path = REFERENCE / file
    text = path.read_text()
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return path, text, re.sub(pattern, lambda found: f"{found[1]}{write()}\n{found[2]}", text, flags=re.DOTALL)


def main() -> int:
    """Write or check every part."""
    differing = []
    for name in PARTS:
        path, text, wanted = generated(name)
        if text != wanted:
            differing.append(name)
            if "--write" in sys.argv:
                path.write_text(wanted)
    if differing and "--write" not in sys.argv:
        print(f"differs: {', '.join(differing)}. Run .venv/bin/python tools/reference.py --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
