import pytest

from tests.emulator.helpers import Api


@pytest.fixture
def api(vectorize_emulator):
    """An empty account in which nothing becomes visible until the test says so."""
    with Api(
        vectorize_emulator.base_url,
        vectorize_emulator.token,
        vectorize_emulator.account_id,
        vectorize_emulator.control_url,
    ) as api:
        api.control("POST", "/pause")
        yield api
