"""The CloudFormation stack: its state, waiting for it, and why a change failed."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from meteolake.aws.account import Account, code, explained
from meteolake.aws.names import TAG
from meteolake.errors import CloudError

Tell = Callable[[str], None]
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Stack:
    """One stack by its name."""

    account: Account
    name: str
    poll_seconds: float = 3.0
    most_seconds: float = 3600.0

    @cached_property
    def client(self) -> Any:
        """CloudFormation's."""
        return self.account.client("cloudformation")

    @property
    def tags(self) -> list[dict[str, str]]:
        """What CloudFormation puts on all that it makes."""
        return [{"Key": TAG, "Value": self.name}]

    def state(self) -> str | None:
        """CloudFormation's word for the stack's state; None where there is none.

        Raises:
            CloudError: AWS refuses.
        """
        from botocore.exceptions import ClientError

        with explained("cloudformation:DescribeStacks", self.name):
            try:
                [found] = self.client.describe_stacks(StackName=self.name)["Stacks"]
            except ClientError as error:
                if code(error) == "ValidationError":
                    return None
                raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" else str(found["StackStatus"])

    def settled(self, tell: Tell = lambda text: None, *, has_begun: bool = False) -> str | None:
        """The state once nothing is in progress any more; `tell` hears of each event meanwhile.

        A stack that waits for its first change set is `REVIEW_IN_PROGRESS`: settled, unless that change has begun.

        Raises:
            CloudError: AWS refuses, or takes longer than an hour.
        """
        said, until = "", time.monotonic() + self.most_seconds
        while (state := self.state()) and state.endswith("_IN_PROGRESS"):
            if state == "REVIEW_IN_PROGRESS" and not has_begun:
                break
            if time.monotonic() > until:
                raise CloudError(f"Stack {self.name} is still {state}: run this again later, and it goes on waiting.")
            if (now := _said(self.events())) != said:
                said = now
                tell(said)
            time.sleep(self.poll_seconds)
        return state

    def remove(self, tell: Tell = lambda text: None) -> None:
        """Delete the stack and wait until it is gone.

        Raises:
            CloudError: something could not be deleted: which, and why.
        """
        with explained("cloudformation:DeleteStack", self.name):
            self.client.delete_stack(StackName=self.name)
        if state := self.settled(tell):
            raise self.failure(f"is {state}")

    def events(self) -> list[Event]:
        """The newest hundred events, newest first; none where there is no stack."""
        from botocore.exceptions import ClientError

        try:
            return list(self.client.describe_stack_events(StackName=self.name)["StackEvents"])
        except ClientError:  # the stack has gone meanwhile, or its events may not be read: they only explain
            return []

    def failure(self, what: str) -> CloudError:
        """An error that names the first resource that failed, why, and what to do."""
        failed = first_failure(self.events())
        if failed is None:
            return CloudError(f"Stack {self.name} {what}: the CloudFormation console shows its events.")
        reason = str(failed.get("ResourceStatusReason", "no reason given")).rstrip(".")
        return CloudError(
            f"Stack {self.name} {what}: {failed['LogicalResourceId']} ({failed['ResourceType']}): {reason}. "
            f"{remedy(reason, failed['ResourceType'])}"
        )


def first_failure(events: Iterable[Event]) -> Event | None:
    """The first resource that failed in the newest change; those cancelled because of it are not the cause."""
    cause = None
    for event in events:  # newest first
        is_stack = event.get("PhysicalResourceId") == event.get("StackId")
        if is_stack and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
            break
        has_failed = event["ResourceStatus"].endswith("_FAILED") and not is_stack
        if has_failed and "cancelled" not in event.get("ResourceStatusReason", ""):
            cause = event
    return cause


_REMEDIES = (
    (("not authorized", "AccessDenied", "is not permitted"), "`meteolake aws preflight` prints what would grant it."),
    (("must be verified",), "Ask Amazon's support to enable CloudFront, or set [aws] has_public_url = false."),
    (("already exists", "AlreadyExists"), "Remove it, or choose another name with [aws] stack, and deploy again."),
    (("imit", "uota"), "Ask for more under Service Quotas, then deploy again."),
    (("must be in", "STARTED"), "End what runs with `meteolake aws stop`, wait some minutes, and try again."),
)


def remedy(reason: str, resource_type: str) -> str:
    """What to do about a failure."""
    for words, what in _REMEDIES:
        if any(word in reason for word in words):
            return what
    if resource_type.startswith(("AWS::Lambda", "AWS::ApiGateway")):
        return "Without the API ([aws.api] is_enabled = false) the public documents alone are deployed."
    return "Mend that and deploy again: what stands is kept."


def _said(events: list[Event]) -> str:
    """The newest event in a few words."""
    return f"{events[0]['LogicalResourceId']} {events[0]['ResourceStatus']}" if events else ""
