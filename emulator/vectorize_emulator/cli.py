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
from vectorize_emulator.settings import CHOICES, RuntimeSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

_SETTING_HELP = {
    "visibility_delay_ms": "Time until a mutation becomes visible",
    "latency_ms": "Wait before each API response",
    "create_status": "Status of a successful create",
    "missing_status": "Status of code 3000, an index that never existed",
    "auth_status": "Status of code 10000, rejected credentials",
    "index_type_case": "How metadata_index/list writes types: String or string",
    "duplicate_metadata_index": "Response to a duplicate: 200 while the first is pending, then 40004. Or always 200, always 40004",
    "max_indexes": "Indexes per account. 100 is the free plan",
    "max_vectors": "Vectors per index",
    "max_namespaces": "Namespaces per index. 1000 is the free plan",
    "min_dimensions": "Smallest number of dimensions. The API documents 1, and the service rejects less than 32",
    "rate_limit": "Requests per window and credential before 429. 0 for no limit",
    "rate_window_s": "Length of the window, and of the block that follows",
    "cursor_ttl_s": "Lifetime of a list cursor",
    "cursor_failures": "Reject every N-th valid list cursor with 40052. 0 for none",
    "body_timeout_s": "Longest time for a request body to arrive",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "vectorize-emulator", description="The Cloudflare Vectorize v2 API on this machine."
    )
    parser.add_argument("--version", action="version", version=version("vectorize-emulator"))
    serve = parser.add_subparsers(dest="command", required=True).add_parser("serve", help="Run the emulator")
    serve.add_argument("--host", default="127.0.0.1", help="Address to listen on (%(default)s)")
    serve.add_argument("--port", type=int, default=8787, help="Port to listen on. 0 chooses a free one (%(default)s)")
    serve.add_argument("--data-dir", type=Path, help="Folder of the store. Default: a temporary folder")
    serve.add_argument("--token", action="append", default=[], help="Accept this API token. Repeatable")
    serve.add_argument("--key", action="append", default=[], metavar="EMAIL:KEY", help="Accept this pair. Repeatable")
    serve.add_argument(
        "--hint", action="store_true", help="When ready, also print the page's URL and a first curl command"
    )
    serve.add_argument("--allow-remote", action="store_true", help="Allow an address that other machines can reach")
    _add_settings(serve)
    return parser


def _add_settings(serve: argparse.ArgumentParser) -> None:
    defaults = RuntimeSettings()
    for name, text in _SETTING_HELP.items():
        default = getattr(defaults, name)
        flag = f"--{name.replace('_', '-')}"
        serve.add_argument(
            flag, type=type(default), default=default, choices=CHOICES.get(name), help=f"{text} (%(default)s)"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 after a normal end, 1 if it could not start.
    """
    options = _parser().parse_args(argv)
    try:
        return _serve(options)
    except (TesterError, RuntimeError, OSError) as error:
        print(f"vectorize-emulator: {error}", file=sys.stderr)
        return 1


def _serve(options: argparse.Namespace) -> int:
    from vectorize_emulator.server import base_url_of, listen, serve  # noqa: PLC0415 - --help need not load the server

    runtime = RuntimeSettings().changed({name: getattr(options, name) for name in _SETTING_HELP})
    if not options.allow_remote and not is_loopback(options.host):
        raise TesterError(f"other machines can reach {options.host}. Add --allow-remote to allow that")
    with tempfile.TemporaryDirectory(prefix="vectorize-emulator-") as scratch:
        settings = Settings(
            data_dir=options.data_dir or Path(scratch),
            host=options.host,
            port=options.port,
            tokens=tuple(_token(text) for text in options.token),
            keys=tuple(_pair(text) for text in options.key),
            runtime=runtime,
        )
        with listen(options.host, options.port) as sock:
            serve(settings, sock, lambda: _announce(base_url_of(sock), options))
    return 0


def _announce(base_url: str, options: argparse.Namespace) -> None:
    print(f"vectorize-emulator ready at {base_url}", flush=True)
    if options.hint:
        token = "$CLOUDFLARE_API_TOKEN" if options.token or options.key else "any"
        print(f"Indexes and requests: {base_url.removesuffix('client/v4')}")
        print("A first request, for another terminal:")
        print(
            f'curl -s -H "Authorization: Bearer {token}" {base_url}/accounts/{"0" * 31}1/vectorize/v2/indexes',
            flush=True,
        )


def _token(text: str) -> str:
    if not is_token(text):
        raise TesterError("--token must consist of letters, digits and ._~+/=-")
    return text


def _pair(text: str) -> tuple[str, str]:
    email, _, key = text.partition(":")
    if not is_pair(email, key):
        raise TesterError("--key must be EMAIL:KEY")
    return email, key
