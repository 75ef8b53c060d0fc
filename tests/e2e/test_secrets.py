"""No token, key or email in any file or output of a run, whatever fails, however the engine is asked to talk."""

from __future__ import annotations

import pytest

from tests.e2e.harness import EMAIL, KEY, TOKEN, Emulator, Stack

pytestmark = pytest.mark.e2e

SECRETS = (TOKEN, KEY, EMAIL)
LOGINS = {
    "token": {"apiToken": TOKEN},
    "key": {"apiKey": KEY, "email": EMAIL},
}
VARIABLES = {"apiToken": "CLOUDFLARE_API_TOKEN", "apiKey": "CLOUDFLARE_API_KEY", "email": "CLOUDFLARE_EMAIL"}


@pytest.mark.parametrize("source", ["environment", "config"])
@pytest.mark.parametrize("login", LOGINS)
def test_no_secret_of_a_login_is_written_anywhere(stack: Stack, emulator: Emulator, login: str, source: str):
    """Behavior 27: state, backups, loud logs, previews, and errors whose text holds the secret."""
    stack.env["CLOUDFLARE_API_TOKEN"] = ""
    if source == "environment":
        stack.env.update({VARIABLES[name]: value for name, value in LOGINS[login].items()})
    else:
        for name, value in LOGINS[login].items():
            stack.run("config", "set", "--secret", f"vectorize:{name}", stdin=value)
    # At 9 the engine itself logs every value of the stack's configuration in clear.
    loud = ("-v=9" if source == "environment" else "-v=8", "--logtostderr")
    stack.declare(64, name="docs")
    stack.up(*loud)
    assert emulator.log()[0]["status"] == 200
    stack.declare(96, name="docs")
    stack.preview()
    emulator.fault(method="DELETE", status=403, code=10000, message=f"no: {' '.join(SECRETS)}")
    stack.up(*loud, code=1)
    emulator.fault(method="GET", status=403, body=f"<p>{' '.join(SECRETS)}</p>")
    stack.refresh(code=1)
    stack.destroy()
    found = [
        (where, secret)
        for where, content in stack.everything()
        for secret in LOGINS[login].values()
        if secret.encode() in content
    ]
    assert found == []
    shown = "\n".join(run.text for run in stack.runs)
    assert "[secret]" in shown


@pytest.mark.parametrize(
    "argument",
    [
        "name=pulumi.Output.secret('S3cr3t_Name')",
        "description=pulumi.Output.secret(['S3cr3t'])",
        "account_id=pulumi.Output.secret('S3cr3t')",
        "metadata_indexes=pulumi.Output.secret({'$S3cr3t': 'S3cr3t'})",
        "force_destroy=pulumi.Output.secret('S3cr3t')",
        "config=pulumi.Output.secret({'dimensions': 64, 'metric': 'S3cr3t'})",
        "config={'dimensions': 64, 'metric': pulumi.Output.secret('S3cr3t')}",
        "config=pulumi.Output.secret('S3cr3t')",
    ],
)
def test_the_error_about_a_secret_input_does_not_show_it(stack: Stack, argument: str):
    config = "" if "config=" in argument else ", config={'dimensions': 64, 'metric': 'cosine'}"
    stack.program(f"vectorize.VectorizeIndex('docs', {argument}{config})")
    run = stack.run("preview", code=1)
    assert "must" in run.error
    assert "S3cr3t" not in run.text
