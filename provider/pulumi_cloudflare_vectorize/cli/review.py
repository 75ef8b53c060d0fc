"""pulumi-vectorize review: gets a preview, has it judged and its vectors counted, and prints the review."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..review.as_json import as_json
from ..review.escaping import plain
from ..review.markdown import as_markdown
from ..review.model import Preview, Review, UnusableError
from ..review.reading import MAX_BYTES, read_preview
from ..review.reviewing import review
from ..settings import without_secrets
from .engine import preview_json, stack_config
from .terminal import print_review

Format = Literal["markdown", "json", "text"]


@dataclass(frozen=True)
class Source:
    """Where the preview comes from: a file, `-` for standard input, or the engine itself."""

    path: str = ""
    stack: str = ""
    directory: Path = Path()
    is_drift: bool = False

    def read(self) -> Preview:
        """Read the preview.

        Raises:
            UnusableError: there is none, or none that can be read.
        """
        if self.path and self.stack:
            raise UnusableError("give either a file or --stack, not both")
        if self.stack:
            return self._from_engine()
        if not self.path and sys.stdin.isatty():
            raise UnusableError("nothing to review: give a file, - for standard input, or --stack NAME")
        try:
            return read_preview(self._bytes())
        except UnusableError as error:
            raise UnusableError(f"cannot review {self.label}: {error.reason}") from error

    @property
    def label(self) -> str:
        """What messages call it."""
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
        ran = preview_json(self.stack, self.directory, is_refresh=self.is_drift)
        try:
            preview = read_preview(ran.stdout)
        except UnusableError as error:
            said = [line.strip() for line in without_secrets(ran.stderr).splitlines() if line.strip()]
            sys.stderr.write("".join(f"{plain(line, 400)}\n" for line in said[:-1]))
            reason = said[-1] if said else error.reason
            raise UnusableError(f"pulumi ended with exit code {ran.code}: {reason}") from error
        if ran.code and not preview.errors:
            return replace(preview, errors=(ran.stderr.strip() or f"pulumi ended with exit code {ran.code}",))
        return preview


def reviewed(source: Source, *, allow: Collection[str], allow_empty: bool, timeout_s: float) -> Review:
    """Review what a source holds.

    Raises:
        UnusableError: it cannot be reviewed.
    """
    preview = source.read()
    config = stack_config(source.stack, source.directory) if source.stack else {}
    try:
        return review(
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
    """Put the engine's failure into one line."""
    what = "refresh" if review.is_drift else "preview"
    return f"the {what} itself failed: {plain(' '.join(review.errors[0].split()), 400)}"


def write(review: Review, form: Format | None) -> None:
    """Print a review: for people when nothing else is said and somebody looks on, else as Markdown."""
    form = form or ("text" if sys.stdout.isatty() else "markdown")
    if form == "text":
        print_review(review)
        return
    text = as_json(review) + "\n" if form == "json" else as_markdown(review)
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()
