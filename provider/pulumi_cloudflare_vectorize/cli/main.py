"""The command line: reads arguments, calls, prints. Exit codes: 0 done, 2 not usable as given (docs/state.md)."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

try:
    import typer
except ImportError:
    sys.exit("pulumi-vectorize needs its extra: pip install 'pulumi-cloudflare-vectorize[cli]'")

from ..errors import VectorizeError
from .adopt import as_import_file, as_stack_config, found_indexes

UNUSABLE = 2

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def describe() -> None:
    """Tools around Cloudflare Vectorize and Pulumi."""


@app.command()
def adopt(
    names: Annotated[
        list[str] | None, typer.Argument(help="Indexes to take; patterns such as 'docs-*' count. All when none.")
    ] = None,
    form: Annotated[
        Literal["yaml", "import"],
        typer.Option(
            "--format", help="yaml: entries for a stack's `indexes` config. import: a file for `pulumi import --file`."
        ),
    ] = "yaml",
    account_id: Annotated[str, typer.Option(help="The account; else CLOUDFLARE_ACCOUNT_ID.")] = "",
) -> None:
    """Print how to put indexes that exist already under Pulumi's care. Reads the account, changes nothing."""
    found = found_indexes(names or [], account_id)
    typer.echo(as_stack_config(found) if form == "yaml" else as_import_file(found))


def main() -> None:
    """Run the command; trouble is one line on stderr and exit code 2."""
    try:
        app()
    except VectorizeError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(UNUSABLE)
