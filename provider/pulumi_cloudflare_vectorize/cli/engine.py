"""Runs Pulumi's own commands, without a shell. The only module that starts a process."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..config import environment_with, without_secrets
from ..config_keys import CONFIG_KEYS
from ..review.models import UnusableError

# The JSON document lacks what streaming JSON contains (docs/reference/review-format.md). An engine from before 2022 ignores this.
STREAMING: Final = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}


@dataclass(frozen=True)
class Completed:
    """The exit code and the output of a command."""

    code: int
    stdout: bytes
    stderr: str


def preview_json(stack: str, directory: Path, *, is_refresh: bool) -> Completed:
    """Preview an update or a refresh of a stack. Changes nothing.

    Raises:
        UnusableError: there is no `pulumi`, or no such directory.
    """
    command = ["refresh", "--preview-only"] if is_refresh else ["preview"]
    return _run(stack, directory, *command, "--json")


def stack_config(stack: str, directory: Path) -> dict[str, str]:
    """Read the keys of this package from the configuration of a stack, with secrets as plain text.

    Raises:
        UnusableError: the engine cannot read the configuration. The text contains no value.
    """
    completed = _run(stack, directory, "config", "--json", "--show-secrets")
    try:
        config = json.loads(completed.stdout)
        found = {key: config[key].get("value") for key in CONFIG_KEYS if key in config}
    except (ValueError, TypeError, AttributeError):
        lines = without_secrets(completed.stderr).strip().splitlines() or [f"exit code {completed.code}"]
        raise UnusableError(f"cannot read the configuration of stack {stack}: {lines[-1]}") from None
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _run(stack: str, directory: Path, *arguments: str) -> Completed:
    executable = shutil.which("pulumi")
    if executable is None:
        raise UnusableError("there is no `pulumi` on the PATH: install it, or review a file")
    try:
        result = subprocess.run(  # noqa: S603 -- no shell, and the stack's name is part of its option
            [executable, *arguments, "--non-interactive", f"--stack={stack}"],
            cwd=directory,
            env=environment_with(STREAMING),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise UnusableError(f"cannot run pulumi in {directory}: {error.strerror}") from error
    return Completed(result.returncode, result.stdout, result.stderr.decode(errors="replace"))
