"""What moto cannot do or does not check, held against botocore's own models of the services."""

from typing import Any

import pytest
from botocore.stub import Stubber
from botocore.validate import validate_parameters
from tests.aws.loopback import CREDENTIALS, REGION
from tests.aws.runs import LIMITS, SENT, STACK, machines

from meteolake.aws.account import Account
from meteolake.aws.compute import Job, Seen, State
from meteolake.aws.emr import Emr
from meteolake.aws.emr_serverless import EmrServerless
from meteolake.aws.machines import Machines, cluster_request
from meteolake.aws.spark_submit import Call, on_ec2, on_serverless, release
from meteolake.aws.watch import Patience, Watch, cause
from meteolake.errors import CloudError, ConfigError

CALL = Call("weather_etl", ("weather_etl", "run", "{}", "{}"))


@pytest.fixture(autouse=True)
def with_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def shape(service: str, operation: str) -> Any:
    """The input of an operation in the service's model."""
    return Account(REGION).client(service).meta.service_model.operation_model(operation).input_shape


@pytest.mark.parametrize("is_kept", [False, True], ids=["transient", "kept"])
def test_a_cluster_is_asked_for_as_the_model_of_emr_wants_and_always_ends(is_kept: bool) -> None:
    request = cluster_request(STACK, machines(is_kept=is_kept), SENT, "meteolake run", [], {"lake": "meteolake"})
    validate_parameters(request, shape("emr", "RunJobFlow"))
    assert request["AutoTerminationPolicy"] == {"IdleTimeout": 600}
    assert request["Instances"]["KeepJobFlowAliveWhenNoSteps"] == is_kept
    primary, core = request["Instances"]["InstanceFleets"]
    assert primary["TargetOnDemandCapacity"] == 1
    assert core["LaunchSpecifications"]["SpotSpecification"]["TimeoutAction"] == "SWITCH_TO_ON_DEMAND"
    assert {"Key": "meteolake:lake", "Value": "meteolake"} in request["Tags"]


def test_a_job_run_is_asked_for_as_the_model_of_emr_serverless_wants_and_always_ends() -> None:
    compute = EmrServerless(Account(REGION), STACK, LIMITS, send=lambda *_: SENT)
    compute._packages, compute._application_id = SENT, "00fabc"
    request = compute._request("run/weather_etl", CALL, "token")
    validate_parameters(request, shape("emr-serverless", "StartJobRun"))
    assert request["executionTimeoutMinutes"] == LIMITS.step_minutes


def test_a_step_of_a_kept_cluster_is_cancelled_and_the_cluster_stays() -> None:
    compute = Emr(Account(REGION), STACK, machines(is_kept=True), send=lambda *_: SENT)
    tags = [{"Key": "meteolake:pool", "Value": "x"}]
    with Stubber(compute._emr) as stub:
        stub.add_response("describe_cluster", {"Cluster": {"Id": "j-1", "Tags": tags}}, {"ClusterId": "j-1"})
        wanted = {"ClusterId": "j-1", "StepIds": ["s-1"], "StepCancellationOption": "TERMINATE_PROCESS"}
        stub.add_response("cancel_steps", {"CancelStepsInfoList": []}, wanted)
        compute.cancel(Job("j-1", "s-1", "run/weather_etl"))
        stub.assert_no_pending_responses()


def test_a_watch_outlives_throttling_and_gives_up_on_a_denial() -> None:
    compute = Emr(Account(REGION), STACK, machines(), send=lambda *_: SENT)
    compute._emr = compute._launcher  # one attempt for each call
    job = Job("j-1", "s-1", "run/weather_etl")
    watch = Watch(compute, "run", lambda said: None, Patience(least=0.01, most=0.01))
    with Stubber(compute._emr) as stub:
        for _ in range(3):
            stub.add_client_error("describe_step", "ThrottlingException", http_status_code=400)
        stub.add_response("describe_step", {"Step": {"Status": {"State": "COMPLETED"}}})
        assert watch._over(job) == Seen(State.DONE)
        stub.add_client_error("describe_step", "AccessDeniedException", http_status_code=400)
        with pytest.raises(CloudError, match="permission elasticmapreduce:DescribeStep is missing"):
            watch._over(job)


def test_another_spark_is_chosen_by_the_release() -> None:
    assert release("emr-spark-8.0.0").jars
    request = cluster_request(
        STACK, Machines("emr-spark-8.0.0", "m7g.xlarge", "m7g.xlarge", 1, False, 5, False), SENT, "x", [], {}
    )
    assert request["ReleaseLabel"] == "emr-spark-8.0.0"


@pytest.mark.parametrize("label", ["emr-6.15.0", "emr-spark-8.1.0"])
def test_a_release_whose_spark_was_never_tried_is_refused(label: str) -> None:
    with pytest.raises(ConfigError, match=rf"release = '{label}': choose emr-7\.13\.0 or another of"):
        release(label)


def test_wheels_are_those_of_the_machines_processor() -> None:
    assert machines().processor == "x86_64"
    assert Machines("emr-7.13.0", "m7g.xlarge", "r6gd.2xlarge", 1, True, 5, False).processor == "aarch64"
    with pytest.raises(ConfigError, match="different processors"):
        _ = Machines("emr-7.13.0", "m7g.xlarge", "g4dn.xlarge", 1, True, 5, False).processor


def test_python_is_chosen_and_nothing_is_downloaded() -> None:
    for submitted in (" ".join(on_ec2(SENT, "/opt/meteolake/x", CALL)), on_serverless(SENT, "emr-7.13.0", 3)):
        assert "/usr/bin/python3.11" in submitted
        assert "--packages" not in submitted
        assert "enableDeletionVectors=false" in submitted


LOGS = {
    "the worker's reason": (["x", "meteolake: 150 of 300 new rows are refused.", "INFO bye"], "150 of 300 new rows"),
    "the first traceback": (
        ["Traceback (most recent call last):", '  File "a"', "ValueError: no", "Traceback (most", "KeyError: 1"],
        "ValueError: no",
    ),
    "neither": (["INFO nothing"], ""),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_cause_of_a_failure_is_found_in_the_log(name: str) -> None:
    lines, found = LOGS[name]
    assert cause(lines).startswith(found)
    assert bool(cause(lines)) == bool(found)
