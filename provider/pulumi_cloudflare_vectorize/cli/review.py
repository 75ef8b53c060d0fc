"""pulumi-vectorize review: gets a preview, has it judged and its vectors counted, and prints the review."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..review.advising import advised
from ..review.allowing import allowed
from ..review.as_json import as_json
from ..review.asking import counted
from ..review.escaping import plain
from ..review.judging import judge
from ..review.markdown import as_markdown
from ..review.model import Preview, Review, Row, UnusableError
from ..review.reading import MAX_BYTES, read_preview
from .engine import preview_json
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
            raise UnusableError(f"cannot review {self.label}: {error}") from error

    @property
    def label(self) -> str:
        """What messages call it."""
        return "standard input" if self.path in ("", "-") else plain(self.path)

    def _bytes(self) -> bytes:
        try:
            if self.path in ("", "-"):
                return sys.stdin.buffer.read(MAX_BYTES + 1)
            with Path(self.path).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise UnusableError(getattr(error, "strerror", None) or plain(str(error))) from error

    def _from_engine(self) -> Preview:
        ran = preview_json(self.stack, self.directory, is_refresh=self.is_drift)
        try:
            preview = read_preview(ran.stdout)
        except UnusableError as error:
            said = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
            sys.stderr.write("".join(f"{plain(line, 400)}\n" for line in said[:-1]))
            reason = plain(said[-1], 400) if said else str(error)
            raise UnusableError(f"pulumi ended with exit code {ran.code}: {reason}") from error
        if ran.code and not preview.errors:
            return replace(preview, errors=(ran.stderr.strip() or f"pulumi ended with exit code {ran.code}",))
        return preview


def reviewed(source: Source, allow: Collection[str], *, allow_empty: bool, timeout_s: float) -> Review:
    """Review what a source holds.

    Raises:
        UnusableError: it cannot be reviewed.
    """
    preview = source.read()
    try:
        review = judge(preview, is_drift=source.is_drift)
        review = replace(review, rows=counted(review.rows, timeout_s))
    except RecursionError:
        raise UnusableError(f"cannot review {source.label}: it is nested too deeply") from None
    review = allowed(review, allow, empty=allow_empty)
    return replace(review, rows=_ordered(advised(review.rows)))


def _ordered(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Put what is at risk first, what is allowed after it, and the rest last."""
    return tuple(sorted(rows, key=lambda row: (not row.is_destructive, row.is_allowed)))


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
