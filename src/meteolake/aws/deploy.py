"""`aws deploy`: the stack as the template and the parameters say, by change sets that are shown first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from meteolake.aws import application, change_set
from meteolake.aws.buckets import Existence, existence
from meteolake.aws.change_set import Change, ChangeSet
from meteolake.aws.names import Names
from meteolake.aws.outputs import outputs
from meteolake.aws.stack import Stack, Tell
from meteolake.aws.uploads import Upload, send

# What a stack has no use for before its buckets hold code.
_OF_CODE = ("ApiPackageKey", "SchedulePackageKey", "ScheduleWheelsKey")

Outcome = Literal["deployed", "unchanged", "declined"]


@dataclass(frozen=True)
class Deployment:
    """What came of a deploy, the changes that were made or shown, and the code that was sent."""

    outcome: Outcome
    changes: Sequence[Change]
    sent: Sequence[str] = ()


def template() -> str:
    """The CloudFormation template."""
    return resources.files("meteolake.aws").joinpath("template.yaml").read_text(encoding="utf-8")


def adoption(stack: Stack, names: Names) -> str:
    """Whether the lake's bucket outlived an earlier stack, as the template's parameter: `true` or `false`.

    It stays what it was when the stack was made: a stack that adopted its bucket must not try to make it later.
    """
    if _is_new(stack):
        return "true" if existence(stack.account, names.lake_bucket) is Existence.OURS else "false"
    found = stack.client.describe_stacks(StackName=stack.name)["Stacks"][0].get("Parameters", ())
    given = {each["ParameterKey"]: each["ParameterValue"] for each in found}
    return str(given.get("AdoptsLakeBucket", "false"))


def deploy(
    stack: Stack,
    names: Names,
    parameters: Mapping[str, str],
    uploads: Sequence[Upload],
    agree: Callable[[ChangeSet], bool],
    tell: Tell = lambda text: None,
) -> Deployment:
    """Make or change the stack.

    A new stack is made in two changes, since what runs code needs the bucket that holds it.

    Args:
        stack: the stack.
        names: its names.
        parameters: all of the template's parameters that have no default, or another value than it.
        uploads: the code that the parameters name.
        agree: is shown each change before it is made; when it declines, nothing further is.
        tell: hears how it goes.

    Raises:
        CloudError: AWS refuses, or a resource failed.
    """
    changes: list[Change] = []
    if uploads and _is_new(stack):
        without_code = {key: value for key, value in parameters.items() if key not in _OF_CODE}
        tell("working out what to make before there is code")
        if (first := change_set.prepare(stack, template(), without_code, tell)) is not None:
            changes += first.changes
            if not _is_agreed(stack, first, agree):
                return Deployment("declined", changes)
            change_set.execute(stack, first, tell)
    tell("working out what changes")
    planned = change_set.prepare(stack, template(), parameters, tell)
    if planned is None:
        return Deployment("deployed" if changes else "unchanged", changes)
    changes += planned.changes
    if not _is_agreed(stack, planned, agree):
        return Deployment("declined", changes)
    tell("sending code")
    sent = send(stack.account, names.work_bucket, uploads)
    _free_application(stack, planned)
    change_set.execute(stack, planned, tell)
    return Deployment("deployed", changes, [upload.key for upload in sent])


def _is_agreed(stack: Stack, planned: ChangeSet, agree: Callable[[ChangeSet], bool]) -> bool:
    """Whether a change may be made; one that may not, or whose question was broken off, leaves nothing."""
    is_agreed = False
    try:
        is_agreed = agree(planned)
    finally:
        if not is_agreed:
            change_set.discard(stack, planned)
    return is_agreed


def _is_new(stack: Stack) -> bool:
    return stack.state() in (None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "CREATE_FAILED")


def _free_application(stack: Stack, planned: ChangeSet) -> None:
    if any(each.resource == "ServerlessApplication" and each.action == "Modify" for each in planned.changes):
        found = outputs(stack.account, stack.name).serverless_application_id
        if found:
            application.stop(stack.account, found, stack.poll_seconds)
