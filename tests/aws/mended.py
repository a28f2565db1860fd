"""moto made to do what AWS does where it falls short, and to fail where a test says so.

Everything here holds for the process that calls `mend`.
"""

import json
from functools import cache
from typing import Any

from moto.cloudformation import models
from moto.cloudformation.parsing import OutputMap
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.models.route_tables import RouteTable
from moto.emr.models import ElasticMapReduceBackend
from moto.emrserverless.models import EMRServerlessBackend
from moto.iam.models import ManagedPolicy
from moto.iam.responses import IamResponse

FORBIDDEN: set[str] = set()  # actions that IAM's simulation denies
FAULTS: dict[str, list[tuple[str, int]]] = {}  # by action, the errors and statuses of its next calls


@cache
def mend() -> None:
    """Mend what the tests rely on; once for a process."""
    _fail_when_told()
    _know_releases_of_spark()
    _let_job_runs_wait()
    _cancel_steps_with_their_cluster()
    _tell_outputs_of_change_sets()
    _delete_what_is_left_of_a_stack()
    _answer_simulations()


def backend(service: str, account_id: str, region: str) -> Any:
    """moto's memory of a service."""
    from moto.backends import get_backend

    backends: Any = get_backend
    return backends(service)[account_id][region]


def _fail_when_told() -> None:
    answering: Any = BaseResponse
    called = answering.call_action

    def call_action(self: Any) -> Any:
        if left := FAULTS.get(self._get_action()):
            error, status = left.pop()
            body = json.dumps({"__type": error, "message": "told to fail"})
            return status, {"x-amzn-errortype": error, "status": status}, body
        return called(self)

    answering.call_action = call_action


def _know_releases_of_spark() -> None:
    """moto's EMR Serverless takes labels such as emr-spark-8.0.0 for none."""
    serverless: Any = EMRServerlessBackend
    create = serverless.create_application

    def create_application(self: Any, *, release_label: str, **kwargs: Any) -> Any:
        known = "emr-7.13.0" if release_label.startswith("emr-spark-") else release_label
        application = create(self, release_label=known, **kwargs)
        application.release_label = release_label
        return application

    serverless.create_application = create_application


def _let_job_runs_wait() -> None:
    """A job run of EMR Serverless waits at first, and an application without job runs lists none."""
    serverless: Any = EMRServerlessBackend
    start, listed = serverless.start_job_run, serverless.list_job_runs

    def start_job_run(self: Any, *args: Any, **kwargs: Any) -> Any:
        run = start(self, *args, **kwargs)
        run.state = "SUBMITTED"
        return run

    def list_job_runs(self: Any, application_id: str, *args: Any, **kwargs: Any) -> Any:
        self.job_runs.setdefault(application_id, [])
        return listed(self, application_id, *args, **kwargs)

    serverless.start_job_run, serverless.list_job_runs = start_job_run, list_job_runs


def _cancel_steps_with_their_cluster() -> None:
    clusters: Any = ElasticMapReduceBackend
    terminate = clusters.terminate_job_flows

    def terminate_job_flows(self: Any, job_flow_ids: Any) -> Any:
        found = terminate(self, job_flow_ids)
        for cluster in found:
            for step in cluster.steps:
                step.state = "CANCELLED" if step.state in ("RUNNING", "PENDING") else step.state
        return found

    clusters.terminate_job_flows = terminate_job_flows


def _tell_outputs_of_change_sets() -> None:
    """moto makes a change set's resources and forgets its outputs, which CloudFormation tells."""
    sets: Any = models.ChangeSet
    apply = sets.apply

    def apply_with_outputs(change_set: Any) -> None:
        apply(change_set)
        stack = change_set.stack
        stack.output_map = OutputMap(stack.resource_map, change_set.template_dict, stack.stack_id)

    sets.apply = apply_with_outputs


def _delete_what_is_left_of_a_stack() -> None:
    """moto leaves route tables, and then refuses to delete their network, and policies, whose names stay taken."""

    def delete_table(table: Any, account_id: str, region: str) -> None:
        table._associations.clear()
        table.ec2_backend.delete_route_table(table.id)

    def delete_policy(policy: Any, account_id: str, region: str) -> None:
        backend("iam", account_id, "aws").managed_policies.pop(policy.arn)

    tables: Any = RouteTable
    policies: Any = ManagedPolicy
    tables.delete, policies.delete = delete_table, delete_policy


def _answer_simulations() -> None:
    """moto simulates no policies: everything is allowed here but what a test forbids by name."""

    def simulate(response: Any) -> ActionResult:
        actions = response._get_param("ActionNames", [])
        decisions = {action: "implicitDeny" if action in FORBIDDEN else "allowed" for action in actions}
        results = [
            {"EvalActionName": action, "EvalResourceName": "*", "EvalDecision": decision}
            for action, decision in decisions.items()
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    answers: Any = IamResponse
    answers.simulate_principal_policy = simulate
