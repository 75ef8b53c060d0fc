"""check: validates a declaration without a request, and fills in the account."""

from __future__ import annotations

from ...config import where_account_id
from ...unknown import UNKNOWN
from ..claims import property_problem
from ..context import Context, State
from ..inputs import Checked, MetadataIndexInputs, Problem, parse_inputs


def check(context: Context, news: State) -> Checked:
    """Validate `news` and fill in the account."""
    declared = {key: value for key, value in news.items() if value is not None}
    declared.setdefault("accountId", context.default_account_id)
    inputs, problems = parse_inputs(MetadataIndexInputs, declared)
    if not declared["accountId"]:
        problems.append(Problem(path="accountId", reason=f"is required: {where_account_id(context.terms.account_id)}"))
    problems = problems or [
        Problem(path=key, reason="must not be empty") for key in ("indexName", "propertyName") if inputs[key] == ""
    ]
    if not problems:
        reason = property_problem(context, inputs["accountId"], inputs["indexName"], inputs["propertyName"])
        problems = [Problem(path="propertyName", reason=reason)] if reason else []
    if problems:
        return Checked(dict(news), problems)
    force = inputs["forceDestroy"]
    context.run.declare(context.urn, force_destroy=None if force is UNKNOWN else force)
    return Checked(inputs, [])
