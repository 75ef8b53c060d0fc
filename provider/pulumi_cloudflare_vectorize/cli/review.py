"""pulumi-vectorize review: gets a preview, reviews it, and writes the result."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..config import without_secrets
from ..review.models import Preview, Review, UnusableError
from ..review.parser import MAX_BYTES, read_preview
from ..review.pipeline import create_review
from ..review.render.json import as_json
from ..review.render.markdown import as_markdown
from ..review.render.terminal import print_review
from ..review.text import one_line
from .engine import preview_json, stack_config

OutputFormat = Literal["markdown", "json", "text"]


@dataclass(frozen=True)
class Source:
    """Where the preview comes from: a file, `-` for standard input, or the engine."""

    path: str = ""
    stack: str = ""
    directory: Path = Path()
    is_drift: bool = False

    def read(self) -> Preview:
        """Read the preview.

        Raises:
            UnusableError: there is none, or it cannot be parsed.
        """
        if self.path and self.stack:
            raise UnusableError("use either a file or --stack, not both")
        if self.stack:
            return self._from_engine()
        if not self.path and sys.stdin.isatty():
            raise UnusableError("nothing to review: use a file, - for standard input, or --stack NAME")
        try:
            return read_preview(self._bytes())
        except UnusableError as error:
            raise UnusableError(f"cannot review {self.label}: {error.reason}") from error

    @property
    def label(self) -> str:
        """The name of the source in messages."""
        if self.stack:
            return f"the preview of stack {self.stack}"
        return "standard input" if self.path in ("", "-") else self.path

    def _bytes(self) -> bytes:
        try:
            if self.path in ("", "-"):
                return sys.stdin.buffer.read(MAX_BYTES + 1)
            with Path(self.path).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise UnusableError(getattr(error, "strerror", None) or str(error)) from error

    def _from_engine(self) -> Preview:
        completed = preview_json(self.stack, self.directory, is_refresh=self.is_drift)
        try:
            preview = read_preview(completed.stdout)
        except UnusableError as error:
            lines = [line.strip() for line in without_secrets(completed.stderr).splitlines() if line.strip()]
            sys.stderr.write("".join(f"{one_line(line, 400)}\n" for line in lines[:-1]))
            reason = lines[-1] if lines else error.reason
            raise UnusableError(f"pulumi ended with exit code {completed.code}: {reason}") from error
        if completed.code and not preview.errors:
            reason = completed.stderr.strip() or f"pulumi ended with exit code {completed.code}"
            return replace(preview, errors=(reason,))
        return preview


def review_source(source: Source, *, allow: Collection[str], allow_empty: bool, timeout_s: float) -> Review:
    """Review the preview of a source.

    Raises:
        UnusableError: it cannot be reviewed.
    """
    preview = source.read()
    config = stack_config(source.stack, source.directory) if source.stack else {}
    try:
        return create_review(
            preview,
            is_drift=source.is_drift,
            allow=allow,
            allow_empty=allow_empty,
            timeout_s=timeout_s,
            config=config,
        )
    except UnusableError as error:
        raise UnusableError(f"cannot review {source.label}: {error.reason}") from error


def failure_line(review: Review) -> str:
    """Return the engine's failure as one line."""
    what = "refresh" if review.is_drift else "preview"
    return f"the {what} itself failed: {one_line(' '.join(review.errors[0].split()), 400)}"


def write(review: Review, form: OutputFormat | None) -> None:
    """Write a review: as text at a terminal, and otherwise as Markdown, unless a format is chosen."""
    form = form or ("text" if sys.stdout.isatty() else "markdown")
    if form == "text":
        print_review(review)
        return
    text = as_json(review) + "\n" if form == "json" else as_markdown(review)
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()
