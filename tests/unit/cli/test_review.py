"""pulumi-vectorize review: where it reads, what it prints, and how it ends."""

import io
import json
import os
import stat
import sys
import time

import pytest

pytest.importorskip("typer", reason="the command needs the extra `cli`")
pytest.importorskip("rich", reason="the command needs the extra `cli`")

from rich.console import Console

from pulumi_cloudflare_vectorize.cli import main
from pulumi_cloudflare_vectorize.review import account_facts as asking
from pulumi_cloudflare_vectorize.review.parser import read_preview
from pulumi_cloudflare_vectorize.review.pipeline import create_review
from pulumi_cloudflare_vectorize.review.render import terminal
from pulumi_cloudflare_vectorize.review.render.json import as_json
from tests.corpus.programs import DYNAMIC, urn
from tests.corpus.stored import GOLDEN, cases_of, stored, stored_account

CASES = cases_of(DYNAMIC)
URN = urn("docs")
REPLACED = GOLDEN / "replace-dimensions" / "preview.json"


@pytest.fixture
def run(monkeypatch, capfdbinary):
    """Run the command, logged in nowhere, and return its exit code and streams."""
    for variable in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"):
        monkeypatch.delenv(variable, raising=False)

    def command(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["pulumi-vectorize", "review", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)) if isinstance(stdin, bytes) else stdin)
        with pytest.raises(SystemExit) as ended:
            main.main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return ended.value.code, out.decode(), err.decode()

    return command


@pytest.mark.parametrize(
    ("case", "arguments", "code"),
    [
        ("create", [], 0),
        ("replace-dimensions", [], 3),
        ("replace-dimensions", ["--allow", "docs"], 0),
        ("replace-dimensions", ["--allow", URN], 0),
        ("replace-dimensions", ["--allow", "other"], 3),
        ("replace-dimensions", ["--allow", URN.removesuffix("s")], 3),
        ("replace-dimensions", ["--allow-empty"], 3),
        ("generated-replace-empty", ["--allow-empty"], 3),
        ("check-fails", [], 2),
        ("protect-refuses-replace", [], 3),
        ("protect-refuses-replace", ["--allow", "docs"], 2),
        ("drift-none", ["--drift"], 0),
        ("drift-gone", ["--drift"], 3),
    ],
)
def test_the_exit_code_says_what_a_pipeline_has_to_know(run, case, arguments, code):
    """Without credentials, no index is known to be empty."""
    assert run(GOLDEN / case / "preview.json", *arguments)[0] == code


def test_a_failed_preview_is_reviewed_and_its_reason_stands_on_stderr(run):
    code, out, err = run(GOLDEN / "check-fails" / "preview.json")
    assert code == 2
    assert "❌ The preview failed" in out
    assert err.startswith("error: the preview itself failed: ")
    assert "must be 1 to 1536, and is more" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_reviewed(run, arguments):
    assert run(*arguments, stdin=REPLACED.read_bytes())[:2] == run(REPLACED)[:2]


def test_the_default_away_from_a_terminal_is_markdown(run):
    assert run(REPLACED)[1] == run(REPLACED, "--format", "markdown")[1]
    assert run(REPLACED)[1].startswith("<!-- pulumi-vectorize review: e2e/dev -->\n\n### ⛔")


def test_json_is_a_document_with_the_exit_code(run):
    document = json.loads(run(REPLACED, "--format", "json")[1])
    assert (document["version"], document["verdict"], document["exitCode"]) == (1, "destructive", 3)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere.json"], "cannot review nowhere.json: No such file or directory"),
        (["."], "cannot review .: Is a directory"),
        (["a\x1b[31m\n.json"], "cannot review a\\u001b[31m\\n.json: No such file or directory"),
        (["-"], "cannot review standard input: it is empty"),
        (["x", "--stack", "dev"], "use either a file or --stack, not both"),
        ([REPLACED, "--drift"], "omit --drift"),
        ([GOLDEN / "drift-gone" / "preview.json"], "add --drift"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_code_2(run, arguments, complaint):
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert complaint in err


def test_a_terminal_without_anything_to_read_is_told_what_to_give(run):
    master, slave = os.openpty()
    with os.fdopen(slave) as terminal_input, os.fdopen(master):
        code, _, err = run(stdin=terminal_input)
    assert code == 2
    assert "use a file, - for standard input, or --stack NAME" in err


@pytest.fixture
def pulumi(tmp_path, monkeypatch):
    """Put a `pulumi` on the PATH that notes its arguments, prints what it is given, and holds a configuration."""

    def script(stdout=b"", stderr="", code=0, config="{}"):
        (tmp_path / "config").write_text(config)
        (tmp_path / "stdout").write_bytes(stdout)
        (tmp_path / "stderr").write_text(stderr)
        tool = tmp_path / "pulumi"
        tool.write_text(
            f'#!/bin/sh\nif [ "$1" = config ]; then echo "$@" > {tmp_path}/asked; exec cat {tmp_path}/config; fi\n'
            f'echo "$PWD" "$PULUMI_ENABLE_STREAMING_JSON_PREVIEW" "$@" > {tmp_path}/seen\n'
            f"cat {tmp_path}/stdout\ncat {tmp_path}/stderr >&2\nexit {code}\n"
        )
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return tmp_path / "seen"

    return script


@pytest.mark.parametrize(
    ("environment", "base_url", "why"),
    [
        ({}, None, ""),
        ({}, "https://proxy.example/client/v4", ""),
        ({"CLOUDFLARE_BASE_URL": "https://evil.example/client/v4"}, None, "cannot use the base URL of the environment"),
        ({"CLOUDFLARE_API_TOKEN": "from-env-1234"}, "https://evil.example/client/v4", ""),
    ],
)
def test_with_a_stack_its_own_configuration_has_the_credentials(
    run, pulumi, tmp_path, monkeypatch, environment, base_url, why
):
    """By the rules of the provider: the stack's configuration first, and a token only to the base URL of the same source."""
    used = []
    config = {"vectorize:apiToken": {"value": "from-config-1234", "secret": True}, "other:key": {"value": "x"}}
    config |= {"vectorize:baseUrl": {"value": base_url}} if base_url else {}
    pulumi(REPLACED.read_bytes(), config=json.dumps(config))
    with stored_account(REPLACED.parent):
        monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        made = asking.Transport
        monkeypatch.setattr(asking, "Transport", lambda settings: used.append(settings) or made(settings))
        _, out, err = run("--stack", "dev", "--cwd", tmp_path)
    assert (tmp_path / "asked").read_text() == "config --json --show-secrets --non-interactive --stack=dev\n"
    assert [settings.credentials.token for settings in used] == ([] if why else ["from-config-1234"])
    assert all(settings.base_url == base_url for settings in used if base_url)
    assert why in out
    assert "from-config" not in out + err


def test_a_configuration_that_cannot_be_read_is_one_line(run, pulumi, tmp_path):
    pulumi(REPLACED.read_bytes(), config="passphrase?")
    code, out, err = run("--stack", "dev", "--cwd", tmp_path)
    assert (code, out) == (2, "")
    assert err == "error: cannot read the configuration of stack dev: exit code 0\n"


@pytest.mark.parametrize(
    ("case", "flags", "command"),
    [("replace-dimensions", [], "preview"), ("drift-gone", ["--drift"], "refresh --preview-only")],
)
def test_with_a_stack_the_preview_is_run(run, pulumi, tmp_path, case, flags, command):
    seen = pulumi((GOLDEN / case / "preview.json").read_bytes())
    (tmp_path / "project").mkdir()
    code, out, _ = run("--stack", "org/dev; rm -rf", "--cwd", tmp_path / "project", *flags)
    assert code == 3
    assert "`docs`" in out
    assert seen.read_text() == f"{tmp_path}/project true {command} --json --non-interactive --stack=org/dev; rm -rf\n"


def test_an_engine_that_knows_no_events_is_reviewed_as_far_as_its_document_tells(run, pulumi):
    pulumi((GOLDEN / "left-over-is-not-in-the-document" / "preview.json").read_bytes())
    code, out, _ = run("--stack", "dev")
    assert code == 0
    assert "### ✅ Harmless, as far as the JSON document shows" in out
    assert "does not contain the deletion of an index that an earlier replacement left behind" in out


def test_when_pulumi_fails_its_own_words_are_passed_on(run, pulumi):
    pulumi(stderr="warning: something\nerror: no stack named 'dev' found\n", code=255)
    code, out, err = run("--stack", "dev")
    assert (code, out) == (2, "")
    assert err == "warning: something\nerror: pulumi ended with exit code 255: error: no stack named 'dev' found\n"


def test_a_preview_that_failed_without_a_word_is_never_harmless(run, pulumi):
    pulumi((GOLDEN / "no-change" / "preview.json").read_bytes(), code=1)
    assert run("--stack", "dev")[0] == 2


def test_without_pulumi_the_command_says_so(run, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("--stack", "dev")[::2] == (
        2,
        "error: there is no `pulumi` on the PATH: install it, or review a file\n",
    )


def test_a_folder_that_is_not_there_is_named(run, pulumi):
    pulumi()
    assert "cannot run pulumi in nowhere: No such file or directory" in run("--stack", "dev", "--cwd", "nowhere")[2]


def test_the_default_at_a_terminal_is_text(monkeypatch, capfdbinary):
    master, slave = os.openpty()
    with os.fdopen(master), os.fdopen(slave, "w") as screen:
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setattr(sys, "argv", ["pulumi-vectorize", "review", str(GOLDEN / "no-change" / "preview.json")])
        with pytest.raises(SystemExit) as ended:
            main.main()
        screen.flush()
        shown = os.read(master, 10_000).decode()
    assert ended.value.code == 0
    assert "✅ Harmless" in shown
    assert "<!--" not in shown


def printed(case, *, colors):
    out = io.StringIO()
    with stored_account(GOLDEN / case):
        found = create_review(read_preview(stored(GOLDEN / case, CASES[case])), is_drift="--drift" in CASES[case].flags)
    terminal.print_review(found, Console(file=out, force_terminal=colors, width=160, highlight=False))
    return out.getvalue()


@pytest.mark.parametrize("case", [name for name, case in CASES.items() if not case.is_large])
def test_at_a_terminal_every_review_of_the_corpus_is_printed_and_nothing_in_it_controls_the_terminal(case):
    text = printed(case, colors=False)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text[0] in "⛔✅⚠❌"


def test_at_a_terminal_there_are_colors_and_no_markdown():
    text = printed("replace-dimensions", colors=True)
    assert "\x1b[1;31m⛔ Destructive: docs would be replaced" in text
    assert "120,331" in text
    assert "**" not in text
    assert "`" not in text


def test_500_resources_are_reviewed_in_less_than_a_second():
    case = CASES["many-replaced-and-deleted"]
    data = stored(GOLDEN / case.name, case)
    with stored_account(GOLDEN / case.name):
        begun_s = time.process_time()
        found = create_review(read_preview(data), is_drift=False)
        as_json(found)
        took_s = time.process_time() - begun_s
    assert len(found.rows) == 500
    assert took_s < 1.0


def test_the_review_of_500_fits_into_a_comment():
    markdown = (GOLDEN / "many-replaced-and-deleted" / "review.md").read_text()
    assert len(markdown) < 65_536
