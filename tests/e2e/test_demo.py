"""tools/demo.py as a newcomer runs it: the real engine and the real emulator, and nothing left of either."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def temp(tmp_path):
    """The demo's TMPDIR; its name marks every process that the demo starts."""
    temp = tmp_path / "temp"
    temp.mkdir()
    return temp


@pytest.fixture
def start(temp):
    """Start the demo of a checkout."""
    started = []

    def start(repo=REPO):
        env = {**os.environ, "TMPDIR": str(temp), "PULUMI_STACK": "not-this-one", "CLOUDFLARE_API_KEY": "nor-this"}
        started.append(
            subprocess.Popen(
                [sys.executable, repo / "tools/demo.py"],
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return started[-1]

    yield start
    for demo in started:
        with demo:
            demo.kill()


@pytest.fixture
def checkout(tmp_path):
    """A copy of what the demo uses, to be broken."""
    repo = tmp_path / "checkout"
    (repo / "tools").mkdir(parents=True)
    shutil.copy(REPO / "tools/demo.py", repo / "tools")
    for name in ("Pulumi.yaml", "Pulumi.demo.yaml", "__main__.py"):
        shutil.copy(REPO / name, repo)
    (repo / ".engine").symlink_to(REPO / ".engine")
    return repo


def list_processes(temp):
    """List the processes that have the demo's TMPDIR in their environment."""
    marked = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"TMPDIR={temp}".encode() in environ.read_bytes():
                marked.append(environ.parent.name)
        except OSError:
            continue  # ended meanwhile
    return marked


def assert_nothing_is_left(temp):
    deadline = time.monotonic() + 10  # a plugin that was reported to end may take a moment
    while list_processes(temp) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list_processes(temp) == []
    assert list(temp.iterdir()) == []


def read_until(demo, text):
    lines = []
    for line in demo.stdout:
        lines.append(line)
        if text in line:
            return
    raise AssertionError(f"the demo ended before {text!r}:\n{''.join(lines)}")


def test_the_demo_shows_the_whole_story_and_leaves_nothing(start, temp):
    before = (REPO / "Pulumi.demo.yaml").read_bytes()
    demo = start()
    printed = demo.communicate()[0]
    assert demo.returncode == 0, printed
    story = [
        "== 1. Start Cloudflare's Vectorize API on this machine ==",
        "vectorize-emulator ready at http://127.0.0.1:",
        "== 2. Create the indexes of Pulumi.demo.yaml ==",
        "$ pulumi up --yes --skip-preview",
        "+ 4 created",
        "== 3. Fill `products`, and change its dimensions from 1024 to 512 ==",
        "now contains 120,331 vectors",
        "~ dimensions: 1024 => 512",
        "+-1 to replace",
        "== 4. `pulumi up` refuses to lose the vectors ==",
        "error: cannot replace index",
        "No changes were made",
        "== 5. The review for a pull request ends with exit code 3 ==",
        "⛔ Destructive: products would be replaced — 120,331 vectors at stake",
        "\nexit code 3\n",
        "== Done. Nothing is left running ==",
        "Next:",
    ]
    places = [printed.find(text) for text in story]
    assert -1 not in places, printed
    assert places == sorted(places), printed
    assert "@ updating...." not in printed
    assert (REPO / "Pulumi.demo.yaml").read_bytes() == before
    assert_nothing_is_left(temp)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize(
    "moment", ["$ vectorize-emulator", "VectorizeIndex products creating"], ids=["emulator-starts", "engine-creates"]
)
def test_a_stopped_demo_leaves_nothing(start, temp, number, moment):
    demo = start()
    read_until(demo, moment)
    demo.send_signal(number)
    demo.communicate()
    assert demo.returncode == 128 + number
    assert_nothing_is_left(temp)


def test_a_failing_program_ends_the_demo_with_its_error(start, temp, checkout):
    (checkout / "__main__.py").write_text("import pulumi\nraise pulumi.RunError('out of luck')\n")
    demo = start(checkout)
    printed = demo.communicate()[0]
    assert demo.returncode == 1
    assert "error: out of luck" in printed
    assert printed.splitlines()[-1] == "error: `pulumi up` ended with exit code 1, not 0"
    assert_nothing_is_left(temp)


def test_a_salt_that_the_person_left_in_the_stack_file_is_no_obstacle(start, temp, checkout):
    with (checkout / "Pulumi.demo.yaml").open("a") as stack:
        stack.write("encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n")
    demo = start(checkout)
    assert "+ 4 created" in demo.communicate()[0]
    assert demo.returncode == 0
    assert_nothing_is_left(temp)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda repo: (repo / ".engine").unlink(), "error: [Errno 2] No such file or directory: "),
        (lambda repo: (repo / "__main__.py").unlink(), "error: [Errno 2] No such file or directory: "),
        (
            lambda repo: (repo / "Pulumi.demo.yaml").write_text(
                "config: {'vectorize-indexes:indexes': {a: {config: {preset: b}}}}"
            ),
            "error: no index in Pulumi.demo.yaml has dimensions, so there is nothing to change",
        ),
    ],
    ids=["no-engine", "no-program", "nothing-to-change"],
)
def test_what_the_demo_cannot_do_is_said_in_one_line(start, temp, checkout, damage, error):
    damage(checkout)
    demo = start(checkout)
    printed = demo.communicate()[0]
    assert demo.returncode == 1
    assert printed.splitlines()[-1].startswith(error)
    assert "Traceback" not in printed
    assert_nothing_is_left(temp)
