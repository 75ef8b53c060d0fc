"""The page at `/`: the indexes and the last requests. Plain HTML without scripts."""

from __future__ import annotations

import functools
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import jinja2
import orjson
from starlette.responses import HTMLResponse

from vectorize_emulator.context import context_of
from vectorize_emulator.store.overview import overview

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from vectorize_emulator.middleware.request_log import Entry

SHOWN_REQUESTS = 50
SHOWN_CHARACTERS = 400
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("vectorize_emulator", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["clock"] = _clock
    environment.filters["short_path"] = _short_path
    environment.filters["answer"] = _answer
    environment.filters["reason"] = _reason
    return environment.get_template("page.html")


async def show_page(request: Request) -> Response:
    """Show the indexes and the last requests."""
    context = context_of(request)
    accounts, total = await context.run(overview, context.database)
    html = _template().render(
        accounts=accounts,
        total=total,
        shown=sum(map(len, accounts.values())),
        requests=context.requests.entries()[: -SHOWN_REQUESTS - 1 : -1],
        paused=context.processor.paused,
        base_url=f"{request.url.scheme}://{request.url.netloc}/client/v4",
    )
    return HTMLResponse(html, headers=SECURITY_HEADERS)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%H:%M:%S")


def _short_path(entry: Entry) -> str:
    path = re.sub(r"^/client/v4/accounts/(\w{4})\w*", r"/accounts/\1…", entry.path)
    return f"{path}?{entry.query}" if entry.query else path


def _answer(entry: Entry) -> str:
    text = entry.answer.decode("utf-8", "replace")
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + " …"


def _reason(entry: Entry) -> str:
    """Return the reason of a failed request as one line. The raw text of a fault may have any form."""
    try:
        answer = orjson.loads(entry.answer)
    except orjson.JSONDecodeError:
        return ""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return f"{first.get('code')}: {first.get('message')}" if isinstance(first, dict) else ""
