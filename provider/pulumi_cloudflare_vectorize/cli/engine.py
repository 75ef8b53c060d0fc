"""Runs Pulumi's own commands, without a shell; the only place that starts a process."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..review.model import UnusableError
from ..settings import environment_with

# The one document of `--json` leaves out what the stream of events has (docs/state.md); an engine from before 2022 ignores this.
STREAMING: Final = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}


@dataclass(frozen=True)
class Ran:
    """How a command of the engine ended."""

    code: int
    stdout: bytes
    stderr: str


def preview_json(stack: str, directory: Path, *, is_refresh: bool) -> Ran:
    """Let the engine preview an update or a refresh of a stack; nothing is changed.

    Raises:
        UnusableError: there is no `pulumi`, or no such directory.
    """
    executable = shutil.which("pulumi")
    if executable is None:
        raise UnusableError("there is no `pulumi` on the PATH: install it, or review a file that it wrote elsewhere")
    command = ["refresh", "--preview-only"] if is_refresh else ["preview"]
    try:
        result = subprocess.run(  # noqa: S603 -- no shell, and the stack's name stands behind its flag
            [executable, *command, "--json", "--non-interactive", f"--stack={stack}"],
            cwd=directory,
            env=environment_with(STREAMING),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise UnusableError(f"cannot run pulumi in {directory}: {error.strerror}") from error
    return Ran(result.returncode, result.stdout, result.stderr.decode(errors="replace"))
