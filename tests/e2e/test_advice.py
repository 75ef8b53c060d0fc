"""Promise 38: every piece of advice that an error or a review prints does what it says, when it is followed to the letter.

Each row brings the advice about, checks that it is printed, and follows it. Commands are taken from the printed text.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

import pytest

from tests.e2e.harness import Emulator, Stack, index
from tests.e2e.test_recognition import OTHER_RESOURCE
from tests.e2e.test_review import review

pytestmark = pytest.mark.e2e

VECTORS = 5_000
TENANT = (
    'vectorize.VectorizeMetadataIndex("tenant", index_name="docs", property_name="tenant", index_type="string"{})\n'
)


def filled(stack: Stack, emulator: Emulator, **arguments: object) -> None:
    stack.declare(name="docs", **arguments)
    stack.up()
    emulator.fill("docs", VECTORS)


def quoted(text: str, start: str) -> str:
    """Return the code in backticks, in a printed text, that starts so."""
    (found,) = {code for code in re.findall(r"`([^`]+)`", text) if code.startswith(start)}
    return found


def advised(stack: Stack, said: str) -> str:
    """Return the review of the stack, which contains a piece of advice."""
    text = review(stack).stdout
    assert said in text
    return text


# --- errors ---


def delete_by_consent(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.program("")
    error = stack.up(code=1).error
    assert "declare the resource with force_destroy=True, run `pulumi up`, and then delete it again" in error
    stack.declare(name="docs", force_destroy=True)
    stack.up()
    stack.program("")
    stack.up()
    assert emulator.indexes() == {}


def keep_a_removed_index(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.program("")
    command = quoted(stack.up(code=1).error, "pulumi state delete")
    stack.run(*shlex.split(command)[1:], "--yes")
    stack.up()
    assert (stack.ids(), emulator.vectors("docs")) == ([], VECTORS)


def lose_a_superseded_index(stack: Stack, emulator: Emulator) -> None:
    superseded(stack, emulator)
    assert "To lose them, set force_destroy=True and run `pulumi up`" in stack.up(code=1).error
    stack.declare(name="docs-v2", force_destroy=True)
    stack.up()
    assert emulator.indexes().keys() == {"docs-v2"}


def keep_a_superseded_index(stack: Stack, emulator: Emulator) -> None:
    superseded(stack, emulator)
    error = stack.up(code=1).error
    assert quoted(error, "pulumi state edit")
    assert quoted(error, "delete") == "delete: true"
    # As the command does in an editor.
    document = json.loads(stack.run("stack", "export").stdout)
    resources = document["deployment"]["resources"]
    assert sum(item.get("delete") is True for item in resources) == 1
    document["deployment"]["resources"] = [item for item in resources if not item.get("delete")]
    (stack.directory / "edited.json").write_text(json.dumps(document))
    stack.run("stack", "import", "--file", str(stack.directory / "edited.json"))
    stack.up()
    assert emulator.vectors("docs") == VECTORS
    assert stack.ids() == ["docs-v2"]


def superseded(stack: Stack, emulator: Emulator) -> None:
    """Replace an index by another name, and let only the deletion fail; fill the old one."""
    stack.declare(name="docs")
    stack.up()
    emulator.fault(method="DELETE", status=400, code=40006)
    stack.declare(name="docs-v2")
    stack.up(code=1)
    emulator.fill("docs", VECTORS)


def replace_by_consent(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.declare(96, name="docs-v2")
    assert "Set force_destroy=True to lose them" in stack.up(code=1).error
    stack.declare(96, name="docs-v2", force_destroy=True)
    stack.up()
    assert emulator.indexes().keys() == {"docs-v2"}


def undo_a_refused_replacement(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.declare(96, name="docs-v2")
    assert "undo the change" in stack.up(code=1).error
    stack.declare(name="docs")
    stack.up()
    stack.run("preview", "--expect-no-changes")
    assert emulator.vectors("docs") == VECTORS


def declare_a_second_resource(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.declare(96, name="docs-v2")
    assert "or declare the new index as a second resource" in stack.up(code=1).error
    stack.program(index(name="docs") + index(96, resource="docs-v2", name="docs-v2"))
    stack.up()
    assert emulator.indexes().keys() == {"docs", "docs-v2"}
    assert emulator.vectors("docs") == VECTORS


def withdraw_consent(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator, force_destroy=True)
    stack.declare(96, name="docs")
    error = stack.up(code=1).error
    assert "To withdraw that, undo the other changes of this resource and run `pulumi up`" in error
    stack.declare(name="docs")
    stack.up()
    stack.destroy(code=1)
    assert emulator.vectors("docs") == VECTORS


def adopt_an_existing_index(stack: Stack, emulator: Emulator) -> None:
    emulator.create("docs")
    emulator.fill("docs", VECTORS)
    stack.declare(name="docs")
    assert "Set adopt=True to adopt it, choose another name" in stack.up(code=1).error
    stack.declare(name="docs", adopt=True)
    stack.up()
    assert emulator.vectors("docs") == VECTORS


def choose_another_name(stack: Stack, emulator: Emulator) -> None:
    emulator.create("docs")
    emulator.fill("docs", VECTORS)
    stack.declare(name="docs")
    assert "choose another name" in stack.up(code=1).error
    stack.declare(name="docs-2")
    stack.up()
    assert emulator.indexes().keys() == {"docs", "docs-2"}


def recreate_an_index(stack: Stack, emulator: Emulator) -> None:
    """With its vectors, by consent: a replacement that no property asks for."""
    filled(stack, emulator, force_destroy=True, opts="delete_before_replace=False")
    before = emulator.get("docs")["created_on"]
    urn = stack.resource()["urn"]
    error = stack.up("--replace", urn, code=1).error
    assert "If you meant to recreate this index, set the resource option delete_before_replace=True" in error
    stack.declare(name="docs", force_destroy=True, opts="delete_before_replace=True")
    stack.up("--replace", urn)
    assert emulator.get("docs")["created_on"] != before


def refresh_before_an_update(stack: Stack, emulator: Emulator) -> None:
    stack.declare(name="docs")
    stack.up()
    emulator.delete("docs")
    emulator.create("docs")
    emulator.fill("docs", VECTORS)
    stack.declare(name="docs", metadata_indexes={"tenant": "string"})
    command = quoted(stack.up(code=1).error, "pulumi up --refresh")
    error = stack.run(*shlex.split(command)[1:], "--yes", "--skip-preview", code=1).error
    assert "Set adopt=True to adopt it" in error
    stack.declare(name="docs", metadata_indexes={"tenant": "string"}, adopt=True)
    stack.up()
    assert (emulator.vectors("docs"), emulator.metadata("docs")) == (VECTORS, {"tenant": "string"})


def delete_a_metadata_index_by_consent(stack: Stack, emulator: Emulator) -> None:
    stack.program(
        index(name="docs", opts="retain_on_delete=True")
        + TENANT.format(", opts=pulumi.ResourceOptions(depends_on=docs)")
    )
    stack.up()
    emulator.fill("docs", VECTORS)
    error = stack.destroy(code=1).error
    assert "declare the resource with force_destroy=True, run `pulumi up`, and then delete it again" in error
    stack.program(
        index(name="docs", opts="retain_on_delete=True")
        + TENANT.format(", force_destroy=True, opts=pulumi.ResourceOptions(depends_on=docs)")
    )
    stack.up()
    stack.destroy()
    assert (emulator.vectors("docs"), emulator.metadata("docs")) == (VECTORS, {})


# --- reviews ---


def alias_of_a_moved_resource(stack: Stack, emulator: Emulator) -> None:
    """Into a component, where an alias of the name alone does not work."""
    filled(stack, emulator)
    component = 'search = pulumi.ComponentResource("acme:index:Search", "search")\n'
    stack.program(component + index(name="docs", opts="parent=search"))
    text = advised(stack, "If you only renamed or moved the resource, set `opts=pulumi.ResourceOptions(aliases=[")
    (alias,) = json.loads(re.search(r"aliases=(\[[^]]+\])", quoted(text, "opts="))[1])
    stack.program(component + index(name="docs", opts=f'parent=search, aliases=["{alias}"]'))
    assert review(stack).returncode == 0
    stack.up()
    assert emulator.vectors("docs") == VECTORS


def retain_before_a_removal(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.program("")
    advised(
        stack, "to keep it, declare the resource again. To keep it unmanaged, run `pulumi up` with the resource option"
    )
    stack.declare(name="docs", opts="retain_on_delete=True")
    stack.up()
    stack.program("")
    assert review(stack).returncode == 0
    stack.up()
    assert emulator.vectors("docs") == VECTORS


def ignore_a_description(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator, description="old")
    stack.declare(name="docs", description="new")
    advised(stack, '`ignore_changes=["description"]`')
    stack.declare(name="docs", description="new", opts='ignore_changes=["description"]')
    assert review(stack).returncode == 0
    stack.up()
    assert emulator.vectors("docs") == VECTORS


def untaint(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.run("state", "taint", stack.resource()["urn"], "--yes")
    command = quoted(advised(stack, "by a taint. `pulumi state untaint"), "pulumi state untaint")
    stack.run(*shlex.split(command)[1:], "--yes")
    assert review(stack).returncode == 0
    stack.run("preview", "--expect-no-changes")


def protect_again(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator, opts="protect=True")
    stack.declare(name="docs")
    advised(stack, "set `protect=True` again, or remove it in a separate change and allow that change")
    assert review(stack, "--allow", "docs").returncode == 0
    stack.declare(name="docs", opts="protect=True")
    assert review(stack).returncode == 0


def restore_drift(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator, metadata_indexes={"tenant": "string"})
    emulator.change_metadata("delete", "docs", propertyName="tenant")
    stack.run("preview", "--expect-no-changes")
    command = quoted(review(stack, "--drift").stdout, "pulumi up --refresh")
    stack.run(*shlex.split(command)[1:], "--yes", "--skip-preview")
    assert emulator.metadata("docs") == {"tenant": "string"}
    assert review(stack, "--drift").returncode == 0


def recreate_what_is_gone(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    emulator.delete("docs")
    command = quoted(review(stack, "--drift").stdout, "pulumi up --refresh")
    stack.run(*shlex.split(command)[1:], "--yes", "--skip-preview")
    assert emulator.vectors("docs") == 0
    assert review(stack, "--drift").returncode == 0


def go_on_after_a_left_over(stack: Stack, emulator: Emulator) -> None:
    superseded(stack, emulator)
    stack.declare(name="docs-v2", force_destroy=True)
    advised(stack, "an earlier replacement stopped before it deleted this index. The next `pulumi up` deletes it")
    stack.up()
    assert emulator.indexes().keys() == {"docs-v2"}


def keep_the_management(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.program(OTHER_RESOURCE)
    advised(stack, "to keep it managed, declare it with the type `VectorizeIndex` again")
    stack.declare(name="docs")
    assert review(stack).returncode == 0
    stack.run("preview", "--expect-no-changes")


def hand_the_index_over(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator)
    stack.program(OTHER_RESOURCE)
    advised(stack, "To hand it over, first remove it with `retain_on_delete=True`")
    stack.declare(name="docs", opts="retain_on_delete=True")
    stack.up()
    stack.program("")
    stack.up()
    stack.program(OTHER_RESOURCE)
    assert review(stack).returncode == 0
    stack.up()
    assert emulator.vectors("docs") == VECTORS


def recreate_by_option(stack: Stack, emulator: Emulator) -> None:
    filled(stack, emulator, force_destroy=True)
    before = emulator.get("docs")["created_on"]
    stack.declare(96, name="docs", force_destroy=True, opts="delete_before_replace=False")
    advised(stack, "so the creation is refused. To replace the index, set `delete_before_replace=True`")
    stack.up(code=1)
    stack.declare(96, name="docs", force_destroy=True, opts="delete_before_replace=True")
    stack.up()
    assert emulator.get("docs")["created_on"] != before


def adopt_a_recreated_index(stack: Stack, emulator: Emulator) -> None:
    """After a refresh that found another index in the place of ours."""
    stack.declare(name="docs")
    stack.up()
    emulator.delete("docs")
    emulator.create("docs")
    emulator.fill("docs", VECTORS)
    assert any("unless you set adopt=True" in warning for warning in stack.refresh().warnings)
    stack.declare(name="docs", adopt=True)
    stack.up()
    stack.run("preview", "--expect-no-changes")
    assert emulator.vectors("docs") == VECTORS


def adopt_a_kept_index(stack: Stack, emulator: Emulator) -> None:
    stack.declare(name="docs")
    stack.up()
    emulator.delete("docs")
    emulator.create("docs")
    emulator.fill("docs", VECTORS)
    stack.program("")
    assert any(warning.endswith("To manage it, set adopt=True") for warning in stack.up().warnings)
    stack.declare(name="docs", adopt=True)
    stack.up()
    assert emulator.vectors("docs") == VECTORS


def name_two_resources(stack: Stack, emulator: Emulator) -> None:
    stack.program(index(name="docs") + index(resource="more", name="docs"))
    assert "Remove one of them, or choose another name for it" in stack.run("preview", code=1).text
    stack.program(index(name="docs") + index(resource="more", name="more"))
    stack.up()
    assert emulator.indexes().keys() == {"docs", "more"}


def adopt_an_unconfirmed_index(stack: Stack, emulator: Emulator) -> None:
    """A creation whose response was lost, and that another client wrote to before the next run."""
    unconfirmed(stack, emulator)
    error = stack.destroy(code=1).error
    assert "Set adopt=True and run `pulumi up` to adopt it" in error
    stack.declare(name="docs", adopt=True)
    stack.up()
    stack.run("preview", "--expect-no-changes")
    assert emulator.vectors("docs") == VECTORS


def forget_an_unconfirmed_index(stack: Stack, emulator: Emulator) -> None:
    unconfirmed(stack, emulator)
    command = quoted(stack.destroy(code=1).error, "pulumi state delete")
    stack.run(*shlex.split(command)[1:], "--yes")
    stack.destroy()
    assert emulator.vectors("docs") == VECTORS


def unconfirmed(stack: Stack, emulator: Emulator) -> None:
    emulator.fault(method="POST", drop_answer=True)
    emulator.fault(method="GET", path="indexes/docs", status=500, count=99)
    stack.declare(name="docs")
    stack.up(code=1)
    emulator.clear_faults()
    emulator.fill("docs", VECTORS)


ADVICE: list[Callable[[Stack, Emulator], None]] = [
    delete_by_consent,
    keep_a_removed_index,
    lose_a_superseded_index,
    keep_a_superseded_index,
    replace_by_consent,
    undo_a_refused_replacement,
    declare_a_second_resource,
    withdraw_consent,
    adopt_an_existing_index,
    choose_another_name,
    recreate_an_index,
    refresh_before_an_update,
    delete_a_metadata_index_by_consent,
    alias_of_a_moved_resource,
    retain_before_a_removal,
    ignore_a_description,
    untaint,
    protect_again,
    restore_drift,
    recreate_what_is_gone,
    go_on_after_a_left_over,
    keep_the_management,
    hand_the_index_over,
    recreate_by_option,
    adopt_a_recreated_index,
    adopt_a_kept_index,
    name_two_resources,
    adopt_an_unconfirmed_index,
    forget_an_unconfirmed_index,
]


@pytest.mark.parametrize("follow", ADVICE, ids=lambda follow: follow.__name__)
def test_behavior_38_advice_does_what_it_says(
    stack: Stack, emulator: Emulator, follow: Callable[[Stack, Emulator], None]
):
    follow(stack, emulator)
