"""Runs whose steps are done elsewhere, and what may go wrong with them: nothing is left running, nothing done twice.

The steps here only pretend (see steps.py): what is tried is the orchestrator.
"""

import signal
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from tests.aws.cloud import Cloud, Submitted
from tests.aws.runs import AT_ONCE, SENT, STACK, STEPS, alive, compute_of, go, machines, steps_of, until, waiting
from tests.aws.steps import Outcome, pretend, stepping

from meteolake.aws.emr import Emr
from meteolake.aws.watch import Patience, end_all
from meteolake.errors import CloudError, LakeError, StepFailed
from meteolake.lake import away
from meteolake.lake.objects import Objects
from meteolake.pipeline.building import build
from meteolake.pipeline.on_aws import due_steps
from meteolake.pipeline.settings import Settings

KINDS = ["emr", "emr-kept", "emr-serverless"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def start(cloud: Cloud, kind: str) -> "subprocess.Popen[str]":
    """A run in a process of its own."""
    command = [sys.executable, "-m", "tests.aws.orchestrator", kind, cloud.url]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True)


def test_three_runs_in_a_row_do_once_what_is_due_and_leave_nothing(on_s3: Settings, kind: str, cloud: Cloud) -> None:
    with stepping(cloud, pretend) as runner:
        first = go(on_s3, compute_of(kind, cloud.account))
        assert first.problems == []
        assert [stage.name for stage in first.stages][-5:-2] == STEPS
        assert first.stages[-2].took.keys() >= {"sent_bytes"}
        clusters = cloud.backends.clusters()
        for _ in range(2):
            assert not go(on_s3, compute_of(kind, cloud.account)).has_changed
        assert steps_of(runner.executed) == STEPS
        assert cloud.backends.clusters() == clusters
    assert waiting(cloud) == []
    assert len(alive(cloud)) == (kind == "emr-kept")


def test_a_kept_cluster_is_used_again_and_one_of_another_kind_is_not(to_refine: Settings, cloud: Cloud) -> None:
    with stepping(cloud, pretend) as runner:
        for _ in range(2):
            rebuild = replace(to_refine, plan=replace(to_refine.plan, is_rebuild=True))
            go(rebuild, compute_of("emr-kept", cloud.account), captures=False)
        assert len(alive(cloud)) == 1
        larger = Emr(cloud.account, STACK, replace(machines(is_kept=True), core_count=5), send=lambda *_: SENT)
        go(rebuild, larger, captures=False)
    assert len(alive(cloud)) == 2
    assert steps_of(runner.executed) == STEPS * 3


def test_a_step_that_fails_stops_the_run_and_says_why(to_refine: Settings, kind: str, cloud: Cloud) -> None:
    why = "Step weather_analysis could not make refined.trends: the disk is full."

    def fail(job: Submitted) -> Outcome:
        if job.name.endswith("weather_analysis"):
            return Outcome(1, f"meteolake: {why}\n", "26/11/25 INFO ShutdownHookManager: bye\n")
        return pretend(job)

    with stepping(cloud, fail) as runner:
        with pytest.raises(StepFailed, match=r"weather_analysis of run .* failed .*the disk is full.* Its log: s3://"):
            go(to_refine, compute_of(kind, cloud.account), captures=False)
        assert steps_of(runner.executed) == STEPS[:2]
        assert waiting(cloud) == []
        assert len(alive(cloud)) == (kind == "emr-kept")
    assert [step.name for step in due_steps(to_refine.zones, to_refine.plan)] == STEPS[1:]
    away.insist_on_home(Objects(to_refine.zones.raw))
    with stepping(cloud, pretend) as runner:
        go(to_refine, compute_of(kind, cloud.account), captures=False)
        assert steps_of(runner.executed) == STEPS[1:]


KILLED = [*(("emr", step) for step in STEPS), ("emr-kept", STEPS[1]), ("emr-serverless", STEPS[1])]


@pytest.mark.parametrize(("kind", "step"), KILLED, ids=["-".join(each) for each in KILLED])
def test_a_run_killed_while_a_step_runs_is_gone_on_with(
    step: str, to_refine: Settings, kind: str, cloud: Cloud
) -> None:
    process = start(cloud, kind)

    def kill(job: Submitted) -> Outcome:
        if job.name.endswith(step):
            process.kill()
            process.wait()
        return pretend(job)

    with stepping(cloud, kill) as runner:
        until(lambda: process.poll() is not None)
        with pytest.raises(LakeError, match=r"went to EMR.* and did not come back"):
            list(build(to_refine.zones, "here", to_refine.plan, lambda step, table: None))
        report = go(to_refine, compute_of(kind, cloud.account), captures=False)
        assert report.problems == []
        assert steps_of(runner.executed) == STEPS
    assert waiting(cloud) == []
    assert len(alive(cloud)) == (kind == "emr-kept")
    assert list(build(to_refine.zones, "here", to_refine.plan, lambda step, table: None))


def test_a_run_killed_before_its_machines_came_up_is_gone_on_with(to_refine: Settings, kind: str, cloud: Cloud) -> None:
    process = start(cloud, kind)
    until(lambda: waiting(cloud))
    process.kill()
    process.wait()
    with stepping(cloud, pretend) as runner:
        go(to_refine, compute_of(kind, cloud.account), captures=False)
        assert steps_of(runner.executed) == STEPS
    assert len(cloud.backends.clusters()) == (kind != "emr-serverless")


@pytest.mark.parametrize("sent", [signal.SIGINT], ids=["Ctrl-C"])
def test_a_run_that_is_stopped_ends_what_it_started(
    sent: signal.Signals, to_refine: Settings, kind: str, cloud: Cloud
) -> None:
    if kind == "emr-kept":
        pytest.skip("moto cannot cancel steps: see test_requests.py")
    process = start(cloud, kind)

    def interrupt(job: Submitted) -> Outcome:
        if job.name.endswith("weather_analysis"):
            process.send_signal(sent)
            until(lambda: job.name not in waiting(cloud))
            return Outcome(1)
        return pretend(job)

    with stepping(cloud, interrupt) as runner:
        assert process.wait(timeout=60) != 0
        assert steps_of(runner.executed)[:2] == STEPS[:2]
    assert waiting(cloud) == alive(cloud) == []
    with stepping(cloud, pretend) as runner:
        go(to_refine, compute_of(kind, cloud.account), captures=False)
        assert steps_of(runner.executed) == STEPS[1:]


def test_a_cluster_that_ends_under_a_run_is_replaced_once(to_refine: Settings, cloud: Cloud) -> None:
    ended: list[str] = []

    def end(job: Submitted) -> Outcome:
        if job.name.endswith("weather_analysis") and not ended:
            ended.append(job.place)
            cloud.backends.set_cluster(job.place, "TERMINATED_WITH_ERRORS", "The primary node was terminated")
            return Outcome(1)
        return pretend(job)

    with stepping(cloud, end) as runner:
        go(to_refine, compute_of("emr", cloud.account), captures=False)
        assert steps_of(runner.executed) == [STEPS[0], STEPS[1], STEPS[1], STEPS[2]]
    assert alive(cloud) == []


def test_clusters_that_end_again_and_again_fail_the_run(to_refine: Settings, cloud: Cloud) -> None:
    def end(job: Submitted) -> Outcome:
        cloud.backends.set_cluster(job.place, "TERMINATED_WITH_ERRORS", "The primary node was terminated")
        return Outcome(1)

    with stepping(cloud, end), pytest.raises(CloudError, match=r"ended before .*: The primary node was terminated"):
        go(to_refine, compute_of("emr", cloud.account), captures=False)
    assert len(cloud.backends.clusters()) == 2
    assert alive(cloud) == []


def test_a_start_that_is_not_answered_starts_one_cluster(to_refine: Settings, cloud: Cloud) -> None:
    compute = compute_of("emr", cloud.account)
    assert isinstance(compute, Emr)
    real = compute._launcher

    class Mute:
        def run_job_flow(self, **request: Any) -> Any:
            real.run_job_flow(**request)
            raise ConnectionClosedError(endpoint_url=cloud.url)

    compute._launcher = Mute()
    with stepping(cloud, pretend) as runner:
        go(to_refine, compute, captures=False)
        assert steps_of(runner.executed) == STEPS
    assert len(cloud.backends.clusters()) == 1


def test_a_step_that_hangs_is_ended(to_refine: Settings, cloud: Cloud) -> None:
    def hang(job: Submitted) -> Outcome:
        until(lambda: job.name not in waiting(cloud))
        return Outcome(1)

    patience = replace(AT_ONCE, step=1.0)
    with stepping(cloud, hang), pytest.raises(StepFailed, match=r"took longer than .* and was cancelled"):
        go(to_refine, compute_of("emr", cloud.account), patience, captures=False)
    assert waiting(cloud) == alive(cloud) == []


def test_a_denied_permission_is_named_and_nothing_is_started(to_refine: Settings, cloud: Cloud) -> None:
    cloud.backends.fail(1, "RunJobFlow", "AccessDeniedException")
    with pytest.raises(
        CloudError, match=r"elasticmapreduce:RunJobFlow .*permission elasticmapreduce:RunJobFlow is miss"
    ):
        go(to_refine, compute_of("emr", cloud.account), captures=False)
    assert cloud.backends.clusters() == []


def test_throttled_calls_are_made_again(to_refine: Settings, cloud: Cloud) -> None:
    for action in ("RunJobFlow", "ListSteps", "DescribeStep"):
        cloud.backends.fail(2, action, "ThrottlingException")
    with stepping(cloud, pretend) as runner:
        go(to_refine, compute_of("emr", cloud.account), captures=False)
        assert steps_of(runner.executed) == STEPS
    assert len(cloud.backends.clusters()) == 1
    assert alive(cloud) == []


def test_credentials_that_expire_are_named_and_the_next_run_goes_on(to_refine: Settings, cloud: Cloud) -> None:
    def expire(job: Submitted) -> Outcome:
        if job.name.endswith("weather_analysis"):
            for action in ("DescribeStep", "DescribeCluster", "ListClusters", "TerminateJobFlows"):
                cloud.backends.fail(1000, action, "ExpiredTokenException")
            until(lambda: is_over)
        return pretend(job)

    is_over: list[bool] = []
    with stepping(cloud, expire) as runner:
        with pytest.raises(CloudError, match="credentials have expired"):
            go(to_refine, compute_of("emr", cloud.account), captures=False)
        for action in ("DescribeStep", "DescribeCluster", "ListClusters", "TerminateJobFlows"):
            cloud.backends.fail(0, action, "")
        is_over.append(True)
        go(to_refine, compute_of("emr", cloud.account), captures=False)
        assert steps_of(runner.executed) == STEPS
    assert len(cloud.backends.clusters()) == 1
    assert alive(cloud) == []


def test_what_is_running_is_listed_and_ended(to_refine: Settings, kind: str, cloud: Cloud) -> None:
    if kind == "emr-kept":
        pytest.skip("moto cannot cancel steps: see test_requests.py")
    process = start(cloud, kind)
    until(lambda: waiting(cloud))
    process.kill()
    process.wait()
    compute = compute_of(kind, cloud.account)
    [*places, job] = compute.running()
    assert job.run_id.startswith("20261102T")
    ended = end_all(compute, AT_ONCE)
    assert [each.id for each in ended] == [*(place.id for place in places), job.id]
    assert waiting(cloud) == alive(cloud) == []
    assert compute.running() == []
    away.come_home(Objects(to_refine.zones.raw))


def test_a_cluster_cannot_reach_a_lake_on_this_machine(local: Settings, cloud: Cloud) -> None:
    with pytest.raises(LakeError, match=r"A cluster cannot reach .*: set path under \[lake\] to s3://"):
        go(local, compute_of("emr", cloud.account), captures=False)


def test_pauses_grow_from_the_least_to_the_most() -> None:
    pauses = Patience(least=5, most=60).pauses()
    first, *_, last = [next(pauses) for _ in range(20)]
    assert 4 <= first <= 6
    assert 48 <= last <= 72
