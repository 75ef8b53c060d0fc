"""The command line: reads arguments, calls, prints.

Exit codes: 0 done, 2 not usable as given, 3 a review found something destructive (docs/state.md).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

try:
    import typer
except ImportError:
    sys.exit("pulumi-vectorize needs its extra: pip install 'pulumi-cloudflare-vectorize[cli]'")

from ..errors import RefusedError, VectorizeError
from ..review.model import Verdict
from .adopt import Account, FoundIndex, as_import_file, as_stack_config
from .engine import stack_config
from .review import Format, Source, failure_line, reviewed, write

UNUSABLE = 2
_PROGRESS = 100  # indexes between two lines of progress

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def describe() -> None:
    """Tools around Cloudflare Vectorize and Pulumi."""


@app.command()
def adopt(  # noqa: PLR0913, PLR0917 -- Typer makes an option of every argument
    names: Annotated[
        list[str] | None, typer.Argument(help="Indexes to take; patterns such as 'docs-*' count. All when none.")
    ] = None,
    form: Annotated[
        Literal["yaml", "import"],
        typer.Option(
            "--format", help="yaml: entries for a stack's `indexes` config. import: a file for `pulumi import --file`."
        ),
    ] = "yaml",
    account_id: Annotated[
        str, typer.Option(help="The account. Default: that of the stack, else CLOUDFLARE_ACCOUNT_ID.")
    ] = "",
    stack: Annotated[str, typer.Option(help="Use the credentials and the account of this stack's configuration.")] = "",
    cwd: Annotated[Path, typer.Option(help="The folder of the project, for --stack.")] = Path(),
    after: Annotated[str, typer.Option(help="Continue after this index, where an earlier run stopped.")] = "",
) -> None:
    """Print how to put existing indexes under Pulumi's care. Reads the account, and changes nothing."""
    config = stack_config(stack, cwd) if stack else {}
    account = Account(names or [], account_id, config, after)
    done: list[FoundIndex] = []
    try:
        for item in account.read():
            done.append(item)
            if form == "yaml":
                typer.echo(as_stack_config(item))
            if len(done) % _PROGRESS == 0:
                typer.echo(f"read {len(done):,} of {len(account.indexes):,} indexes", err=True)
    except (VectorizeError, KeyboardInterrupt) as error:
        rest = f" Continue with --after {done[-1].index.name}" if done else ""
        reason = str(error) or "stopped"
        raise RefusedError(f"read {len(done):,} of {len(account.indexes):,} indexes: {reason}.{rest}") from error
    finally:
        if form == "import" and (done or not account.indexes):
            typer.echo(as_import_file(done))


@app.command()
def review(  # noqa: PLR0913 -- Typer makes an option of every argument
    path: Annotated[
        str,
        typer.Argument(help="What `pulumi preview --json` printed, or a saved plan; - or nothing for standard input."),
    ] = "",
    *,
    stack: Annotated[str, typer.Option(help="Run the preview of this stack, instead of reading one.")] = "",
    cwd: Annotated[Path, typer.Option(help="The folder of the project, for --stack.")] = Path(),
    drift: Annotated[bool, typer.Option("--drift", help="Review `pulumi refresh --preview-only --json`.")] = False,
    form: Annotated[
        Format | None, typer.Option("--format", help="Default: text at a terminal, else markdown.", show_default=False)
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="The logical name of a resource whose loss is meant, or its URN; may be repeated."),
    ] = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Allow what happens to indexes that are known to be empty.")
    ] = False,
    timeout_s: Annotated[float, typer.Option(min=0, help="Seconds to ask for numbers of vectors, in all.")] = 10.0,
) -> None:
    """Say what a preview would do to indexes and their vectors. Exit code 3 when it destroys, 2 when it cannot be reviewed."""
    source = Source(path, stack, cwd, is_drift=drift)
    found = reviewed(source, allow=allow or [], allow_empty=allow_empty, timeout_s=timeout_s)
    write(found, form)
    if found.verdict is Verdict.FAILED:
        typer.echo(f"error: {failure_line(found)}", err=True)
    raise typer.Exit(found.exit_code)


def main() -> None:
    """Run the command; trouble is one line on stderr and exit code 2."""
    try:
        app()
    except VectorizeError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(UNUSABLE)
