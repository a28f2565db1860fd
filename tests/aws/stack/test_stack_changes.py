"""Change sets and failures as CloudFormation tells them, which moto does not: by botocore's Stubber."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.stack.stubbed import StubbedAccount

from meteolake.aws.buckets import MOST_KEYS, batches
from meteolake.aws.change_set import Change, execute, prepare
from meteolake.aws.stack import Stack, first_failure, remedy
from meteolake.errors import CloudError

AT = datetime(2026, 11, 25, tzinfo=UTC)
STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/meteolake/1"
CHANGES_ID = "arn:aws:cloudformation:us-east-1:123456789012:changeSet/deploy/1"


@pytest.fixture
def account() -> StubbedAccount:
    return StubbedAccount("us-east-1")


@pytest.fixture
def cloudformation(account: StubbedAccount) -> Stubber:
    return account.stub("cloudformation")


@pytest.fixture
def stack(account: StubbedAccount) -> Stack:
    return Stack(account, "meteolake", poll_seconds=0)


def in_state(stub: Stubber, state: str | None) -> None:
    if state is None:
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id meteolake does not exist", 400)
    else:
        found = {"StackName": "meteolake", "StackId": STACK_ID, "CreationTime": AT, "StackStatus": state}
        stub.add_response("describe_stacks", {"Stacks": [found]})


def made(stub: Stubber, kind: str) -> None:
    asked = {
        "StackName": "meteolake",
        "ChangeSetName": ANY,
        "ChangeSetType": kind,
        "TemplateBody": "body",
        "Parameters": [{"ParameterKey": "StaleHours", "ParameterValue": "36"}],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": "meteolake:lake", "Value": "meteolake"}],
    }
    stub.add_response("create_change_set", {"Id": CHANGES_ID}, asked)


def told(stub: Stubber, status: str, reason: str = "", **more: Any) -> None:
    answer = {"Status": status, "StatusReason": reason, "ChangeSetId": CHANGES_ID, "Changes": [], **more}
    stub.add_response("describe_change_set", answer)


def change(action: str, resource: str, replacement: str = "False") -> dict[str, Any]:
    changed = {"Action": action, "LogicalResourceId": resource, "ResourceType": "AWS::S3::Bucket"}
    return {"Type": "Resource", "ResourceChange": changed | {"Replacement": replacement}}


def event(resource: str, status: str, reason: str = "", physical: str = "x") -> dict[str, Any]:
    return {
        "StackId": STACK_ID,
        "EventId": f"{resource}{status}",
        "StackName": "meteolake",
        "Timestamp": AT,
        "LogicalResourceId": resource,
        "PhysicalResourceId": physical,
        "ResourceType": "AWS::IAM::Role",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def begun(status: str = "CREATE_IN_PROGRESS") -> dict[str, Any]:
    return event("meteolake", status, "User Initiated", STACK_ID)


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_without_changes_there_is_nothing_to_do(cloudformation: Stubber, stack: Stack, reason: str) -> None:
    in_state(cloudformation, "UPDATE_COMPLETE")
    made(cloudformation, "UPDATE")
    told(cloudformation, "CREATE_PENDING")
    told(cloudformation, "FAILED", reason)
    cloudformation.add_response("delete_change_set", {}, {"ChangeSetName": CHANGES_ID})
    assert prepare(stack, "body", {"StaleHours": "36"}) is None
    cloudformation.assert_no_pending_responses()


def test_a_change_set_that_is_refused_is_quoted(cloudformation: Stubber, stack: Stack) -> None:
    in_state(cloudformation, "CREATE_COMPLETE")
    made(cloudformation, "UPDATE")
    told(cloudformation, "FAILED", "Parameter StaleHours must be a number")
    cloudformation.add_response("delete_change_set", {})
    with pytest.raises(CloudError, match="CreateChangeSet on meteolake: Parameter StaleHours must be a number"):
        prepare(stack, "body", {"StaleHours": "36"})


def test_changes_of_all_pages_are_shown(cloudformation: Stubber, stack: Stack) -> None:
    in_state(cloudformation, "CREATE_COMPLETE")
    made(cloudformation, "UPDATE")
    told(cloudformation, "CREATE_COMPLETE", Changes=[change("Add", "A")], NextToken="more")
    told(cloudformation, "CREATE_COMPLETE", Changes=[change("Modify", "B", "Conditional")])
    planned = prepare(stack, "body", {"StaleHours": "36"})
    assert planned is not None
    assert planned.changes == (Change("Add", "A", "AWS::S3::Bucket"), Change("Modify", "B", "AWS::S3::Bucket", True))


def test_a_creation_that_failed_is_removed_before_the_next(cloudformation: Stubber, stack: Stack) -> None:
    in_state(cloudformation, "ROLLBACK_COMPLETE")
    cloudformation.add_response("delete_stack", {}, {"StackName": "meteolake"})
    in_state(cloudformation, "DELETE_IN_PROGRESS")
    cloudformation.add_response("describe_stack_events", {"StackEvents": [event("Api", "DELETE_IN_PROGRESS")]})
    in_state(cloudformation, None)
    made(cloudformation, "CREATE")
    told(cloudformation, "CREATE_COMPLETE", Changes=[change("Add", "A")])
    said: list[str] = []
    planned = prepare(stack, "body", {"StaleHours": "36"}, said.append)
    assert planned is not None
    assert planned.is_creation
    assert said == ["removing what is left of a creation that failed", "Api DELETE_IN_PROGRESS"]


@pytest.mark.parametrize("state", ["UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED"])
def test_a_stack_that_allows_no_change_says_what_to_do(cloudformation: Stubber, stack: Stack, state: str) -> None:
    in_state(cloudformation, state)
    with pytest.raises(CloudError, match=f"Stack meteolake is {state}: .* then deploy again"):
        prepare(stack, "body", {})


def test_a_failed_change_names_the_first_cause_and_what_to_do(cloudformation: Stubber, stack: Stack) -> None:
    in_state(cloudformation, "UPDATE_COMPLETE")
    made(cloudformation, "UPDATE")
    told(cloudformation, "CREATE_COMPLETE", Changes=[change("Add", "A")])
    planned = prepare(stack, "body", {"StaleHours": "36"})
    assert planned is not None
    cloudformation.add_response("execute_change_set", {}, {"ChangeSetName": CHANGES_ID})
    in_state(cloudformation, "UPDATE_ROLLBACK_COMPLETE")
    reason = "User: x is not authorized to perform: iam:CreateRole"
    events = [
        event("meteolake", "UPDATE_ROLLBACK_COMPLETE", physical=STACK_ID),
        event("Later", "CREATE_FAILED", "Resource creation cancelled"),
        event("RunRole", "CREATE_FAILED", reason),
        begun("UPDATE_IN_PROGRESS"),
        event("Older", "CREATE_FAILED", "of another change"),
    ]
    cloudformation.add_response("describe_stack_events", {"StackEvents": events})
    with pytest.raises(CloudError) as raised:
        execute(stack, planned)
    assert str(raised.value) == (
        "Stack meteolake could not be changed and is UPDATE_ROLLBACK_COMPLETE: RunRole (AWS::IAM::Role): User: x is "
        "not authorized to perform: iam:CreateRole. `meteolake aws preflight` prints what would grant it."
    )


def test_a_removal_that_fails_says_what_stays(cloudformation: Stubber, stack: Stack) -> None:
    cloudformation.add_response("delete_stack", {})
    in_state(cloudformation, "DELETE_FAILED")
    events = [event("Network", "DELETE_FAILED", "has dependencies"), begun("DELETE_IN_PROGRESS")]
    cloudformation.add_response("describe_stack_events", {"StackEvents": events})
    with pytest.raises(CloudError, match=r"is DELETE_FAILED: Network \(AWS::IAM::Role\): has dependencies"):
        stack.remove()


def test_a_new_stack_is_waited_for_until_its_first_change_has_begun(cloudformation: Stubber, stack: Stack) -> None:
    for state in ("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS"):
        in_state(cloudformation, state)
        cloudformation.add_response("describe_stack_events", {"StackEvents": []})
    in_state(cloudformation, "CREATE_COMPLETE")
    assert stack.settled(has_begun=True) == "CREATE_COMPLETE"


def test_what_cannot_be_asked_is_told_with_its_action(cloudformation: Stubber, stack: Stack) -> None:
    said = "User: me is not authorized to perform: cloudformation:DescribeStacks on resource: x"
    cloudformation.add_client_error("describe_stacks", "AccessDenied", said, 403)
    with pytest.raises(CloudError, match="permission cloudformation:DescribeStacks is missing"):
        stack.state()


@given(st.lists(st.sampled_from(["CREATE_COMPLETE", "CREATE_FAILED", "cancelled"]), max_size=8), st.integers(0, 3))
def test_the_cause_is_the_oldest_failure_of_the_newest_change(kinds: list[str], older: int) -> None:
    now = [
        event(f"R{number}", "CREATE_FAILED", "Resource creation cancelled")
        if kind == "cancelled"
        else event(f"R{number}", kind)
        for number, kind in enumerate(kinds)
    ]
    before = [event("Before", "CREATE_FAILED")] * older
    found = first_failure([*now, begun(), *before])
    failed = [number for number, kind in enumerate(kinds) if kind == "CREATE_FAILED"]
    assert (found and found["LogicalResourceId"]) == (f"R{failed[-1]}" if failed else None)


def test_each_kind_of_failure_has_its_remedy() -> None:
    assert "has_public_url = false" in remedy("Your account must be verified before you can add resources", "AWS::X")
    assert "another name" in remedy("meteolake-api already exists", "AWS::IAM::Role")
    assert "Service Quotas" in remedy("The maximum limit has been reached", "AWS::X")
    assert "is_enabled = false" in remedy("Internal failure", "AWS::Lambda::Function")


@given(st.integers(0, 3 * MOST_KEYS))
def test_batches_hold_everything_once_and_are_never_too_large(count: int) -> None:
    items = [{"Key": str(number)} for number in range(count)]
    found = list(batches(items))
    assert [item for batch in found for item in batch] == items
    assert all(0 < len(batch) <= MOST_KEYS for batch in found)


def test_waiting_has_an_end(cloudformation: Stubber, account: StubbedAccount) -> None:
    in_state(cloudformation, "CREATE_IN_PROGRESS")
    with pytest.raises(CloudError, match="still CREATE_IN_PROGRESS: run this again later"):
        Stack(account, "meteolake", poll_seconds=0, most_seconds=-1).settled()
