"""An AWS account on this machine: moto's server, completed where it forgets what CloudFormation says."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.backends import get_backend
from moto.cloudformation import models
from moto.cloudformation.parsing import OutputMap
from moto.core.responses import ActionResult
from moto.ec2.models.route_tables import RouteTable
from moto.iam.models import ManagedPolicy
from moto.iam.responses import IamResponse
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from meteolake.aws.account import Account
from meteolake.aws.names import Names
from meteolake.aws.stack import Stack

ACCOUNT_ID = "123456789012"  # moto's


@pytest.fixture(scope="session")
def moto_account() -> Iterator[Account]:
    """An account at a server of our own on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        _tell_outputs_of_change_sets(patch)
        _delete_what_moto_leaves_of_a_stack(patch)
        _answer_simulations(patch)
        yield Account("us-east-1", endpoint_url=f"http://{host}:{port}")
    server.stop()


@pytest.fixture
def account(moto_account: Account) -> Account:
    """An empty account."""
    moto_api_backend.reset()
    return moto_account


def _tell_outputs_of_change_sets(patch: pytest.MonkeyPatch) -> None:
    """moto makes a change set's resources and forgets its outputs, which CloudFormation tells."""
    apply = models.ChangeSet.apply

    def apply_with_outputs(change_set: Any) -> None:
        apply(change_set)
        stack = change_set.stack
        stack.output_map = OutputMap(stack.resource_map, change_set.template_dict, stack.stack_id)

    patch.setattr(models.ChangeSet, "apply", apply_with_outputs)


def _delete_what_moto_leaves_of_a_stack(patch: pytest.MonkeyPatch) -> None:
    """moto leaves route tables, and then refuses to delete their network, and policies, whose names stay taken."""

    def delete_table(table: Any, account_id: str, region: str) -> None:
        table._associations.clear()
        table.ec2_backend.delete_route_table(table.id)

    def delete_policy(policy: Any, account_id: str, region: str) -> None:
        get_backend("iam")[account_id]["aws"].managed_policies.pop(policy.arn)

    patch.setattr(RouteTable, "delete", delete_table, raising=False)
    patch.setattr(ManagedPolicy, "delete", delete_policy, raising=False)


def _answer_simulations(patch: pytest.MonkeyPatch) -> None:
    """moto simulates no policies: everything is allowed here but what a test forbids by name."""

    def simulate(response: Any) -> ActionResult:
        actions = response._get_param("ActionNames", [])
        decisions = {action: "implicitDeny" if action in FORBIDDEN else "allowed" for action in actions}
        results = [
            {"EvalActionName": action, "EvalResourceName": "*", "EvalDecision": decision}
            for action, decision in decisions.items()
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    patch.setattr(IamResponse, "simulate_principal_policy", simulate, raising=False)


FORBIDDEN: set[str] = set()


@pytest.fixture
def forbidden() -> Iterator[set[str]]:
    """Actions that the caller may not take."""
    yield FORBIDDEN
    FORBIDDEN.clear()


@pytest.fixture
def names() -> Names:
    """The names of the stack under test."""
    return Names("meteolake", ACCOUNT_ID, "us-east-1")


@pytest.fixture
def stack(account: Account) -> Stack:
    """The stack under test, before it is deployed."""
    return Stack(account, "meteolake", poll_seconds=0)
