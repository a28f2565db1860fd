"""Change sets: what a deploy would change, shown before it is done."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meteolake.aws.account import explained
from meteolake.aws.stack import Stack, Tell
from meteolake.errors import CloudError

_NOTHING = ("didn't contain changes", "No updates are to be performed")
STUCK = {
    "ROLLBACK_FAILED": "delete it in the CloudFormation console",
    "DELETE_FAILED": "run `meteolake aws destroy` again",
    "UPDATE_ROLLBACK_FAILED": "choose `Continue update rollback` in the CloudFormation console",
}


@dataclass(frozen=True)
class Change:
    """What happens to one resource: Add, Modify, Remove or Import; a replaced one is made anew under another id."""

    action: str
    resource: str
    type: str
    is_replaced: bool = False


@dataclass(frozen=True)
class ChangeSet:
    """A change that CloudFormation has worked out and not begun."""

    id: str
    is_creation: bool
    changes: tuple[Change, ...]


def prepare(
    stack: Stack, template: str, parameters: Mapping[str, str], tell: Tell = lambda text: None
) -> ChangeSet | None:
    """Have CloudFormation work out what would change; None when nothing would.

    A stack whose first creation failed holds nothing and can only be deleted: that is done here.

    Raises:
        CloudError: the stack is in a state that allows no change, or the template is refused.
    """
    state = stack.settled(tell)
    if state in ("ROLLBACK_COMPLETE", "CREATE_FAILED"):
        tell("removing what is left of a creation that failed")
        stack.remove(tell)
        state = None
    if state in STUCK:
        raise CloudError(f"Stack {stack.name} is {state}: {STUCK[state]}, then deploy again.")
    is_creation = state in (None, "REVIEW_IN_PROGRESS")
    with explained("cloudformation:CreateChangeSet", stack.name):
        made = stack.client.create_change_set(
            StackName=stack.name,
            ChangeSetName=f"deploy-{uuid.uuid4().hex}",
            ChangeSetType="CREATE" if is_creation else "UPDATE",
            TemplateBody=template,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=stack.tags,
        )
        answer = _worked_out(stack, made["Id"])
    if answer["Status"] == "FAILED":
        discard(stack, ChangeSet(made["Id"], is_creation, ()))
        if any(words in answer.get("StatusReason", "") for words in _NOTHING):
            return None
        raise CloudError(f"cloudformation:CreateChangeSet on {stack.name}: {answer.get('StatusReason', 'refused')}")
    return ChangeSet(made["Id"], is_creation, tuple(_changes(stack, answer)))


def execute(stack: Stack, change_set: ChangeSet, tell: Tell = lambda text: None) -> None:
    """Do what a change set says and wait for the end.

    Raises:
        CloudError: a resource failed; CloudFormation has put everything back as it was.
    """
    with explained("cloudformation:ExecuteChangeSet", stack.name):
        stack.client.execute_change_set(ChangeSetName=change_set.id)
    state = stack.settled(tell, has_begun=True)
    if state not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise stack.failure(f"could not be {'created' if change_set.is_creation else 'changed'} and is {state}")


def discard(stack: Stack, change_set: ChangeSet) -> None:
    """Forget a change set; a stack that exists for its sake alone goes, too."""
    with explained("cloudformation:DeleteChangeSet", stack.name):
        stack.client.delete_change_set(ChangeSetName=change_set.id)
    if change_set.is_creation and stack.state() == "REVIEW_IN_PROGRESS":
        with explained("cloudformation:DeleteStack", stack.name):
            stack.client.delete_stack(StackName=stack.name)


def _worked_out(stack: Stack, change_set_id: str) -> Mapping[str, Any]:
    while True:
        answer: Mapping[str, Any] = stack.client.describe_change_set(ChangeSetName=change_set_id)
        if answer["Status"] in ("CREATE_COMPLETE", "FAILED"):
            return answer
        time.sleep(stack.poll_seconds)


def _changes(stack: Stack, answer: Mapping[str, Any]) -> list[Change]:
    """All changes, page after page."""
    found = []
    while True:
        for each in answer["Changes"]:
            change = each["ResourceChange"]
            is_replaced = change.get("Replacement") in ("True", "Conditional")
            found.append(Change(change["Action"], change["LogicalResourceId"], change["ResourceType"], is_replaced))
        if not (token := answer.get("NextToken")):
            return found
        with explained("cloudformation:DescribeChangeSet", stack.name):
            answer = stack.client.describe_change_set(ChangeSetName=answer["ChangeSetId"], NextToken=token)
