"""Parses the command line, calls, and prints.

Exit codes: 0 done, 2 an error, 3 a review found something destructive (docs/reference/cli.md).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final, Literal

try:
    import typer
except ImportError:
    sys.exit("pulumi-vectorize needs its extra: pip install 'pulumi-cloudflare-vectorize[cli]'")

from .._version import __version__
from ..adoption import Account, FoundIndex
from ..errors import RefusedError, VectorizeError
from ..review.models import Verdict
from .adopt import as_import_file, as_plugin_import_file, as_stack_config
from .engine import stack_config
from .review import OutputFormat, Source, failure_line, review_source, write

FAILED: Final = 2
_PROGRESS: Final = 100  # indexes between two lines of progress

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(value: bool) -> None:  # noqa: FBT001 -- Typer calls it so
    if value:
        typer.echo(f"pulumi-vectorize {__version__}")
        raise typer.Exit


@app.callback()
def describe(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Review and adopt Cloudflare Vectorize indexes of Pulumi stacks."""


@app.command()
def adopt(  # noqa: PLR0913, PLR0917 -- each argument is an option of the command
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of indexes, or patterns such as 'docs-*'. Default: all indexes.")
    ] = None,
    form: Annotated[
        Literal["yaml", "import"],
        typer.Option(
            "--format", help="yaml: entries for a stack's `indexes`. import: a file for `pulumi import --file`."
        ),
    ] = "yaml",
    provider: Annotated[
        Literal["dynamic", "plugin"],
        typer.Option(help="For import: the dynamic provider of Python programs, or the plugin of every language."),
    ] = "dynamic",
    account_id: Annotated[
        str, typer.Option(help="The account. Default: that of the stack, or CLOUDFLARE_ACCOUNT_ID.")
    ] = "",
    stack: Annotated[str, typer.Option(help="Use the credentials and the account of this stack's configuration.")] = "",
    cwd: Annotated[Path, typer.Option(help="The folder of the project, for --stack.")] = Path(),
    after: Annotated[str, typer.Option(help="Continue after this index, where an earlier run stopped.")] = "",
) -> None:
    """Print existing indexes in a form that Pulumi can adopt. Changes nothing."""
    config = stack_config(stack, cwd) if stack else {}
    account = Account(names or [], account_id, config, after)
    if form == "import" and provider == "plugin":
        typer.echo(as_plugin_import_file(account))
        return
    done: list[FoundIndex] = []
    try:
        for item in account.read():
            done.append(item)
            if form == "yaml":
                typer.echo(as_stack_config(item))
            if len(done) % _PROGRESS == 0:
                typer.echo(f"read {len(done):,} of {len(account.indexes):,} indexes", err=True)
    except (VectorizeError, KeyboardInterrupt) as error:
        reason = str(error) or "stopped"
        raise RefusedError(
            f"read {len(done):,} of {len(account.indexes):,} indexes: {reason}",
            fix=f"Continue with --after {done[-1].index.name}" if done else "",
        ) from error
    finally:
        if form == "import" and (done or not account.indexes):
            typer.echo(as_import_file(done))


@app.command()
def review(  # noqa: PLR0913 -- each argument is an option of the command
    path: Annotated[
        str,
        typer.Argument(help="Output of `pulumi preview --json`, or a saved plan. Default, or -: standard input."),
    ] = "",
    *,
    stack: Annotated[str, typer.Option(help="Preview this stack, instead of reading a file.")] = "",
    cwd: Annotated[Path, typer.Option(help="The folder of the project, for --stack.")] = Path(),
    drift: Annotated[bool, typer.Option("--drift", help="Review `pulumi refresh --preview-only --json`.")] = False,
    form: Annotated[
        OutputFormat | None,
        typer.Option("--format", help="Default: text at a terminal, otherwise markdown.", show_default=False),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="The logical name or the URN of a resource whose loss is intended. Repeatable."),
    ] = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Allow the loss of indexes that contain no vectors.")
    ] = False,
    timeout_s: Annotated[float, typer.Option(min=0, help="Seconds for reading all vector counts.")] = 10.0,
) -> None:
    """Show what a preview would do to indexes and their vectors. Exit code 3: destructive. Exit code 2: an error."""
    source = Source(path, stack, cwd, is_drift=drift)
    found = review_source(source, allow=allow or [], allow_empty=allow_empty, timeout_s=timeout_s)
    write(found, form)
    if found.verdict is Verdict.FAILED:
        typer.echo(f"error: {failure_line(found)}", err=True)
    raise typer.Exit(found.exit_code)


def main() -> None:
    """Run the command. An error is one line on stderr and exit code 2."""
    try:
        app(prog_name="pulumi-vectorize")
    except VectorizeError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(FAILED)
