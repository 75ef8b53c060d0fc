"""Cloudflare's Vectorize v2 API on your machine.

The names load on first use: pytest imports this package in every session, most of which never start an emulator.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vectorize_emulator.server import Emulator
    from vectorize_emulator.settings import RuntimeSettings, Settings

__all__ = ["Emulator", "RuntimeSettings", "Settings"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.server" if name == "Emulator" else f"{__name__}.settings")
    value: object = getattr(module, name)
    return value
