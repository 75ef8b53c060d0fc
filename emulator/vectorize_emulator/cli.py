"""The command line: `vectorize-emulator serve …`. The only module that prints."""
# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from vectorize_emulator.errors import TesterError
from vectorize_emulator.middleware.access import is_loopback
from vectorize_emulator.middleware.auth import is_pair, is_token
from vectorize_emulator.settings import CHOICES, Knobs, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

_KNOB_HELP = {
    "visibility_delay_ms": "time until a mutation becomes visible",
    "latency_ms": "wait before each API response",
    "create_status": "status of a successful create",
    "missing_status": "status of code 3000, an index that never existed",
    "auth_status": "status of code 10000, rejected credentials",
    "index_type_case": "how metadata_index/list writes types: String or string",
    "duplicate_metadata_index": "creating a metadata index twice: 200 while pending then 40004, always 200, never",
    "max_indexes": "indexes per account. 100 is the free plan",
    "max_vectors": "vectors per index",
    "max_namespaces": "namespaces per index. 1000 is the free plan",
    "min_dimensions": "fewest dimensions. The API documents 1, and the service rejects less than 32",
    "rate_limit": "requests per window and credential before 429. 0 for no limit",
    "rate_window_s": "length of the window, and of the block that follows",
    "cursor_ttl_s": "lifetime of a list cursor",
    "cursor_failures": "reject every N-th valid list cursor with 40052. 0 for none",
    "body_timeout_s": "longest time for a request body to arrive",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "vectorize-emulator", description="The Cloudflare Vectorize v2 API on this machine."
    )
    parser.add_argument("--version", action="version", version=version("vectorize-emulator"))
    serve = parser.add_subparsers(dest="command", required=True).add_parser("serve", help="run the emulator")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=int, default=8787, help="0 picks a free one (%(default)s)")
    serve.add_argument("--data-dir", type=Path, help="where the store lives; without it, a temporary one")
    serve.add_argument("--token", action="append", default=[], help="accept this API token (repeatable)")
    serve.add_argument("--key", action="append", default=[], metavar="EMAIL:KEY", help="accept this pair (repeatable)")
    serve.add_argument(
        "--hint", action="store_true", help="when ready, also print the page's URL and a first curl line"
    )
    serve.add_argument("--allow-remote", action="store_true", help="permit an address other machines can reach")
    _add_knobs(serve)
    return parser


def _add_knobs(serve: argparse.ArgumentParser) -> None:
    defaults = Knobs()
    for name, text in _KNOB_HELP.items():
        default = getattr(defaults, name)
        flag = f"--{name.replace('_', '-')}"
        serve.add_argument(
            flag, type=type(default), default=default, choices=CHOICES.get(name), help=f"{text} (%(default)s)"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 after a clean end, 1 when it could not start.
    """
    options = _parser().parse_args(argv)
    try:
        return _serve(options)
    except (TesterError, RuntimeError, OSError) as error:
        print(f"vectorize-emulator: {error}", file=sys.stderr)
        return 1


def _serve(options: argparse.Namespace) -> int:
    from vectorize_emulator.server import base_url_of, listen, serve  # noqa: PLC0415 - --help need not load the server

    knobs = Knobs().changed({name: getattr(options, name) for name in _KNOB_HELP})
    if not options.allow_remote and not is_loopback(options.host):
        raise TesterError(f"{options.host} can be reached by other machines; add --allow-remote if that is meant")
    with tempfile.TemporaryDirectory(prefix="vectorize-emulator-") as scratch:
        settings = Settings(
            data_dir=options.data_dir or Path(scratch),
            host=options.host,
            port=options.port,
            tokens=tuple(_token(text) for text in options.token),
            keys=tuple(_pair(text) for text in options.key),
            knobs=knobs,
        )
        with listen(options.host, options.port) as sock:
            serve(settings, sock, lambda: _announce(base_url_of(sock), options))
    return 0


def _announce(base_url: str, options: argparse.Namespace) -> None:
    print(f"vectorize-emulator ready at {base_url}", flush=True)
    if options.hint:
        token = "$CLOUDFLARE_API_TOKEN" if options.token or options.key else "any"
        print(f"what it holds: {base_url.removesuffix('client/v4')}")
        print("a first request, for another terminal:")
        print(
            f'curl -s -H "Authorization: Bearer {token}" {base_url}/accounts/{"0" * 31}1/vectorize/v2/indexes',
            flush=True,
        )


def _token(text: str) -> str:
    if not is_token(text):
        raise TesterError("--token takes letters, digits and any of ._~+/=-, at least one")
    return text


def _pair(text: str) -> tuple[str, str]:
    email, _, key = text.partition(":")
    if not is_pair(email, key):
        raise TesterError("--key takes EMAIL:KEY")
    return email, key
