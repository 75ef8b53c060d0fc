"""The policy pack: each rule as a policy that stops a preview or an update."""

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from rules import RULES, Index, Rule, is_index


def make_policy(rule: Rule) -> ResourceValidationPolicy:
    """Wrap one rule."""

    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if not is_index(args.resource_type, args.props):
            return
        problem = rule.check(Index(args.name, args.urn, args.props, args.opts.protect), args.get_config())
        if problem:
            report_violation(problem, None)

    schema = PolicyConfigSchema(properties=rule.schema)
    return ResourceValidationPolicy(rule.name, rule.description, validate, config_schema=schema)


PolicyPack("vectorize", [make_policy(rule) for rule in RULES], EnforcementLevel.MANDATORY)
