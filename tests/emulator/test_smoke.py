import json
import urllib.request


def test_the_fixture_gives_an_empty_account(vectorize_emulator):
    url = f"{vectorize_emulator.base_url}/accounts/{vectorize_emulator.account_id}/vectorize/v2/indexes"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {vectorize_emulator.token}"})
    with urllib.request.urlopen(request) as response:
        assert json.load(response)["result"] == []
