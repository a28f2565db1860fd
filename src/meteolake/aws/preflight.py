"""Before the first cost: whether the caller may do what the next command does, and what would grant the rest."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from meteolake.aws.account import Account, code
from meteolake.aws.caller import Caller, principal
from meteolake.aws.needs import DISPENSABLE, Need
from meteolake.aws.probes import PROBES, probe

State = Literal["allowed", "denied", "unknown"]
MOST_ACTIONS = 50  # of one question to IAM
_NOT_TO_BE_ASKED = ("AccessDenied", "AccessDeniedException", "NoSuchEntity")


@dataclass(frozen=True)
class Finding:
    """Whether an action on a resource is allowed, and what it is for."""

    action: str
    resource: str
    state: State
    purpose: str
    note: str = ""
    feature: str = ""

    @property
    def is_fatal(self) -> bool:
        """Whether the command cannot do without it."""
        return self.state == "denied" and self.feature not in DISPENSABLE


@dataclass(frozen=True)
class Question:
    """What one call asks IAM: actions on one resource under one context."""

    need: Need
    resource: str
    actions: tuple[str, ...]


def preflight(account: Account, who: Caller, needs: Sequence[Need]) -> list[Finding]:
    """Whether the caller may do what is needed; nothing is created or changed.

    IAM is asked to simulate. Where it may not be asked, harmless calls show what they can, and the rest is unknown:
    that is no reason to stop.

    Args:
        account: the account.
        who: the caller.
        needs: what is needed, resolved for a stack.

    Raises:
        CloudError: AWS cannot be reached.
    """
    subject = principal(account, who)
    simulated = _simulated(account, subject, questions(needs)) if subject else None
    if simulated is None:
        return _probed(account, needs)
    return simulated


def questions(needs: Iterable[Need]) -> Iterator[Question]:
    """Needs cut into calls: each pair of action and resource once for each need, at most 50 actions a call."""
    for need in needs:
        for resource in need.resources:
            for start in range(0, len(need.actions), MOST_ACTIONS):
                yield Question(need, resource, need.actions[start : start + MOST_ACTIONS])


def _simulated(account: Account, subject: str, asked: Iterable[Question]) -> list[Finding] | None:
    """IAM's answers, or None when the caller may not ask."""
    from botocore.exceptions import ClientError

    iam = account.client("iam")
    found: list[Finding] = []
    for question in asked:
        try:
            answer = iam.simulate_principal_policy(
                PolicySourceArn=subject,
                ActionNames=list(question.actions),
                ResourceArns=[_example(question.resource)],
                ContextEntries=_context(question.need.condition),
            )
        except ClientError as error:
            if code(error) in _NOT_TO_BE_ASKED or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                return None
            found += [_finding(question, action, "unknown", code(error)) for action in question.actions]
            continue
        found += [_answered(question, result) for result in answer["EvaluationResults"]]
    return found


def _example(resource: str) -> str:
    """One resource of a pattern: IAM simulates resources, not patterns."""
    return resource if resource == "*" else resource.replace("*", "example")


def _context(condition: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """What a call would carry; a condition with several values is tried with the first."""
    return [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [values[0]]}
        for key, values in condition.items()
    ]


def _answered(question: Question, result: Mapping[str, Any]) -> Finding:
    [specific] = result.get("ResourceSpecificResults") or [{}]
    decision = specific.get("EvalResourceDecision", result["EvalDecision"])
    if decision == "allowed":
        return _finding(question, result["EvalActionName"], "allowed")
    organization = result.get("OrganizationsDecisionDetail", {})
    boundary = result.get("PermissionsBoundaryDecisionDetail", {})
    if organization.get("AllowedByOrganizations") is False:
        note = "your organization's policy forbids it"
    elif boundary.get("AllowedByPermissionsBoundary") is False:
        note = "a permissions boundary forbids it"
    else:
        note = "a policy forbids it" if decision == "explicitDeny" else "no policy allows it"
    return _finding(question, result["EvalActionName"], "denied", note)


def _finding(question: Question, action: str, state: State, note: str = "") -> Finding:
    return Finding(action, question.resource, state, question.need.purpose, note, question.need.feature)


def _probed(account: Account, needs: Iterable[Need]) -> list[Finding]:
    """What harmless calls tell; a refused probe leaves its action unknown, since it asks for more than the command."""
    found = []
    answers: dict[str, str] = {}
    for question in questions(needs):
        for action in question.actions:
            if action in PROBES and action not in answers:
                answers[action] = probe(account, action)
            note = answers.get(action, "IAM may not be asked (iam:SimulatePrincipalPolicy)")
            found.append(_finding(question, action, "allowed" if note == "" else "unknown", note))
    return found
