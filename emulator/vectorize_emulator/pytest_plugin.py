"""The pytest fixture `vectorize_emulator`: one server per session, and an empty store per test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vectorize_emulator.server import Emulator

TOKEN = "emulator-test-token"  # noqa: S105 - valid for the emulator of this process only
ACCOUNT_ID = "00000000000000000000000000000001"


@dataclass(frozen=True)
class EmulatorHandle:
    """The addresses and the credentials for a test."""

    base_url: str
    token: str
    account_id: str

    @property
    def control_url(self) -> str:
        """Return the URL of the control routes."""
        return self.base_url.removesuffix("/client/v4") + "/_emulator"


@pytest.fixture(scope="session")
def vectorize_emulator_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run one emulator for the whole session, on a free port."""
    from vectorize_emulator.server import Emulator  # noqa: PLC0415 - a session without the fixture loads nothing
    from vectorize_emulator.settings import Settings  # noqa: PLC0415 - as above

    data_dir: Path = tmp_path_factory.mktemp("vectorize-emulator")
    with Emulator(Settings(data_dir=data_dir, port=0, tokens=(TOKEN,))) as emulator:
        yield emulator


@pytest.fixture
def vectorize_emulator(vectorize_emulator_server: Emulator) -> EmulatorHandle:
    """Return an emulator without indexes, faults or recorded requests."""
    vectorize_emulator_server.context.reset()
    return EmulatorHandle(vectorize_emulator_server.base_url, TOKEN, ACCOUNT_ID)
