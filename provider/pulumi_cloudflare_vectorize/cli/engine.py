"""Runs Pulumi's own commands, without a shell. The only module that starts a process."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..config_keys import CONFIG_KEYS
from ..review.model import UnusableError
from ..settings import environment_with, without_secrets

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
    command = ["refresh", "--preview-only"] if is_refresh else ["preview"]
    return _run(stack, directory, *command, "--json")


def stack_config(stack: str, directory: Path) -> dict[str, str]:
    """Read the keys of this package from the configuration of a stack, secrets in plain text.

    Raises:
        UnusableError: the engine cannot read the configuration. The text contains no value.
    """
    ran = _run(stack, directory, "config", "--json", "--show-secrets")
    try:
        config = json.loads(ran.stdout)
        found = {key: config[key].get("value") for key in CONFIG_KEYS if key in config}
    except (ValueError, TypeError, AttributeError):
        reason = (without_secrets(ran.stderr).strip().splitlines() or [f"exit code {ran.code}"])[-1]
        raise UnusableError(f"cannot read the configuration of stack {stack}: {reason}") from None
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _run(stack: str, directory: Path, *arguments: str) -> Ran:
    executable = shutil.which("pulumi")
    if executable is None:
        raise UnusableError("there is no `pulumi` on the PATH: install it, or review a file that it wrote elsewhere")
    try:
        result = subprocess.run(  # noqa: S603 -- no shell, and the stack's name stands behind its flag
            [executable, *arguments, "--non-interactive", f"--stack={stack}"],
            cwd=directory,
            env=environment_with(STREAMING),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise UnusableError(f"cannot run pulumi in {directory}: {error.strerror}") from error
    return Ran(result.returncode, result.stdout, result.stderr.decode(errors="replace"))
