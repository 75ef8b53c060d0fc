"""The settings of one emulator, and those that can change while it runs.

It never reads the environment. The command line and the pytest plugin make these values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from vectorize_emulator.errors import TesterError

if TYPE_CHECKING:
    from pathlib import Path

MAX_UPLOAD_BYTES = 100 * 1000 * 1000  # limits page: 100 MB
MAX_JSON_BYTES = 4 * 1024 * 1024  # an assumption. The largest valid JSON body, a query of 1536 numbers, is far smaller


@dataclass(frozen=True)
class RuntimeSettings:
    """Settings that can change while the emulator runs: for open questions about the real API, and for tests."""

    visibility_delay_ms: int = 250
    latency_ms: int = 0
    create_status: int = 200
    missing_status: int = 404
    auth_status: int = 401
    index_type_case: str = "capitalized"
    duplicate_metadata_index: str = "pending-ok"
    max_indexes: int = 50_000
    max_vectors: int = 20_000_000
    max_namespaces: int = 50_000
    min_dimensions: int = 32
    rate_limit: int = 1200
    rate_window_s: int = 300
    cursor_ttl_s: int = 3600
    cursor_failures: int = 0
    body_timeout_s: float = 30.0

    def changed(self, values: dict[str, Any]) -> RuntimeSettings:
        """Return a copy with some values changed.

        Raises:
            TesterError: an unknown setting, a value of another type, or one outside its choices.
        """
        known = {f.name: f for f in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise TesterError(f"unknown setting {name!r}. The settings are {', '.join(known)}")
            _check(name, value, getattr(self, name))
        return replace(self, **values)


CHOICES: dict[str, tuple[Any, ...]] = {
    "create_status": (200, 201),
    "missing_status": (400, 404),
    "auth_status": (401, 403),
    "index_type_case": ("capitalized", "lower"),
    "duplicate_metadata_index": ("pending-ok", "always-ok", "always-refused"),
}


MINIMA = {"min_dimensions": 1, "rate_window_s": 1}  # 0 for the others
MAX_NUMBER = 1_000_000_000  # eleven days in milliseconds. Clocks and timers overflow with much larger numbers


def _check(name: str, value: object, default: object) -> None:
    if name in CHOICES:
        if type(value) is not type(default) or value not in CHOICES[name]:
            raise TesterError(f"setting {name!r} must be one of {', '.join(map(str, CHOICES[name]))}, got {value!r}")
        return
    kinds = (int, float) if isinstance(default, float) else (int,)
    least = MINIMA.get(name, 0)
    if not isinstance(value, kinds) or isinstance(value, bool) or not least <= value <= MAX_NUMBER:
        kind = "number" if float in kinds else "whole number"
        raise TesterError(f"setting {name!r} must be a {kind} from {least} to {MAX_NUMBER:,}, got {value!r}")


@dataclass(frozen=True)
class Settings:
    """How one emulator listens, which credentials it accepts, and where its file is."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8787
    tokens: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    runtime: RuntimeSettings = field(default_factory=RuntimeSettings)

    def __repr__(self) -> str:
        return f"Settings(data_dir={self.data_dir!s}, host={self.host!r}, port={self.port})"
