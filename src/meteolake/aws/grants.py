"""The policy that would grant what is missing: ready for an administrator to attach."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from meteolake.aws.needs import Need
from meteolake.aws.preflight import Finding


def policy(needs: Sequence[Need], findings: Iterable[Finding]) -> dict[str, Any] | None:
    """A policy document with the denied actions alone, one statement for each need; None when nothing is missing.

    What is denied for another reason than a permission, such as a name that is taken, no policy can grant.
    """
    missing: dict[tuple[str, str], set[str]] = defaultdict(set)
    for finding in findings:
        if finding.state == "denied":
            missing[finding.purpose, finding.resource].add(finding.action)
    statements = [statement for need in needs if (statement := _statement(need, missing))]
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


def _statement(need: Need, missing: dict[tuple[str, str], set[str]]) -> dict[str, Any] | None:
    resources = [resource for resource in need.resources if missing[need.purpose, resource] & set(need.actions)]
    actions = sorted({action for resource in resources for action in missing[need.purpose, resource]})
    actions = [action for action in actions if action in need.actions]
    if not actions:
        return None
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    if need.condition:
        statement["Condition"] = {need.operator: {key: list(values) for key, values in need.condition.items()}}
    return statement
