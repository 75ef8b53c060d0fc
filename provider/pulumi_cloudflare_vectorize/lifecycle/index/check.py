"""check: validates a declaration without a request, fills the defaults and generates the name."""

from __future__ import annotations

from typing import Any, Final

from ...api.models import USUAL_MIN_DIMENSIONS
from ...config import where_account_id
from ...unknown import UNKNOWN
from ..claims import generated_name_problem, index_problem, inline_property_problems
from ..context import Context, State
from ..inputs import Checked, IndexInputs, Problem, parse_inputs
from ..naming import is_generation_of
from .generated_name import current_name

# An input of the SDK for this run only: the properties that the program declares as resources of their own.
SEPARATE: Final = "separateMetadataIndexes"
_NO_NAME: Final = "must not be empty: leave it out to get a generated name"


def check(context: Context, olds: State, news: State) -> Checked:
    """Validate `news`, fill every default and generate the name.

    Args:
        context: of this call.
        olds: the inputs of the last run. {} for a new resource, and in the second check of a replacement.
        news: the inputs of the program, with `UNKNOWN` for what a preview does not know.

    Returns:
        All problems at once, or inputs with a fixed set of keys. A second check of those changes nothing.
    """
    declared = {key: value for key, value in news.items() if value is not None}
    separate = declared.pop(SEPARATE, None)
    declared.setdefault("accountId", context.default_account_id)
    inputs, problems = parse_inputs(IndexInputs, declared)
    if not declared["accountId"]:
        problems.append(Problem(path="accountId", reason=f"is required: {where_account_id(context.terms.account_id)}"))
    if not problems:
        problems = _name_problems(context, olds, inputs)
    if problems:
        return Checked(dict(news), problems)
    inputs.update(_names(context, olds, inputs))
    problems = [*index_problem(context, inputs), *inline_property_problems(context, inputs)]
    if problems:
        return Checked(dict(news), problems)
    force = inputs["forceDestroy"]
    context.run.declare(context.urn, force_destroy=None if force is UNKNOWN else force)
    context.run.resource(context.urn).separate_properties = frozenset(separate if isinstance(separate, list) else ())
    _warn_of_few_dimensions(context, inputs)
    return Checked(inputs, [])


def _name_problems(context: Context, olds: State, inputs: State) -> list[Problem]:
    if not inputs["name"] and not inputs["namePrefix"]:
        return [Problem(path="name", reason=_NO_NAME)]
    return generated_name_problem(context, _kept_prefix(context, olds, inputs))


def _kept_prefix(context: Context, olds: State, inputs: State) -> str:
    """Return the prefix of the generated name, which a renamed resource keeps. "" with an explicit name."""
    declared, name = inputs["namePrefix"], inputs["name"]
    is_generated = declared and (name in ("", UNKNOWN) or is_generation_of(declared, name))
    if not is_generated:
        return ""
    # The second check of a replacement does not receive the old inputs.
    kept = context.run.resource(context.urn).kept_prefixes.get(declared, declared)
    return str(olds.get("namePrefix") or kept)


def _names(context: Context, olds: State, inputs: State) -> dict[str, Any]:
    prefix = _kept_prefix(context, olds, inputs)
    if not prefix:
        return {"namePrefix": ""}
    context.run.resource(context.urn).kept_prefixes[inputs["namePrefix"]] = prefix
    return {"namePrefix": prefix, "name": current_name(prefix, olds, inputs)}


def _warn_of_few_dimensions(context: Context, inputs: State) -> None:
    config = inputs["config"]
    dimensions = config.get("dimensions") if config is not UNKNOWN else None
    if isinstance(dimensions, int) and dimensions < USUAL_MIN_DIMENSIONS:
        context.report.warning(
            f"dimensions={dimensions}: the API documents 1 to 1536, but has rejected less than {USUAL_MIN_DIMENSIONS}"
        )
