"""The process that the engine starts: `pulumi-resource-vectorize ENGINE_ADDRESS`. It prints its port, then serves."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

_USAGE: Final = """\
usage: pulumi-resource-vectorize ENGINE_ADDRESS

This is a plugin of Pulumi. Pulumi starts it for programs that declare vectorize resources.
"""


def main() -> None:
    """Serve one engine. Ctrl-C ends the process."""
    address = sys.argv[-1] if len(sys.argv) > 1 else ""
    if ":" not in address:
        sys.exit(_USAGE)
    _skip_sdk()
    # Deferred: it imports Pulumi's protobuf modules.
    from .serving import serve  # noqa: PLC0415

    serve(address)


def _skip_sdk() -> None:
    """Put empty packages in the place of `pulumi` and `pulumi.runtime`.

    The protobuf modules in them need only `google.protobuf` and `grpc`. Importing the SDK around them takes longer than everything
    else that this process does until it is ready (docs/internals/performance.md, "Imports").
    """
    spec = find_spec("pulumi")
    for name in ("pulumi", "pulumi.runtime"):
        package = ModuleType(name)
        below = name.split(".")[1:]
        package.__path__ = [str(Path(path, *below)) for path in (spec and spec.submodule_search_locations) or ()]
        sys.modules[name] = package


if __name__ == "__main__":
    main()
