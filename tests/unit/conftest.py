"""What the unit tests share: one API from a script, and everything that stands on it."""

import pytest
from hypothesis import HealthCheck, settings

from pulumi_cloudflare_vectorize.api.client import Client
from pulumi_cloudflare_vectorize.api.retry import Transport
from pulumi_cloudflare_vectorize.config import Credentials, Settings
from pulumi_cloudflare_vectorize.lifecycle.context import Context
from pulumi_cloudflare_vectorize.lifecycle.run_state import RunState
from pulumi_cloudflare_vectorize.waiting import Deadline
from tests.unit.fakes import ACCOUNT_ID, FakeClock, Said, ScriptedApi

# A busy machine is slow, which says nothing of the code; and fixtures here hold nothing that an example could spoil for the next.
settings.register_profile(
    "unit", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("unit")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def api() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def transport(api, clock) -> Transport:
    settings = Settings(Credentials(token="s3cret-token"), ACCOUNT_ID)
    made = Transport(settings, clock=clock)
    made.connect().session.mount("https://", api)
    return made


@pytest.fixture
def deadline(clock) -> Deadline:
    return Deadline.after(300.0, clock)


@pytest.fixture
def context(transport, deadline, said) -> Context:
    return Context(Client(transport, said.progress), RunState(), said, deadline, ACCOUNT_ID, "urn:docs")
