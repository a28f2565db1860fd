"""Deploying and destroying, with moto's CloudFormation as far as it goes."""

from pathlib import Path

import pytest
from moto.backends import get_backend

from meteolake.aws import application, archive, buckets
from meteolake.aws.account import Account
from meteolake.aws.buckets import Existence, existence
from meteolake.aws.caller import caller
from meteolake.aws.change_set import ChangeSet
from meteolake.aws.deploy import adoption, deploy, template
from meteolake.aws.destroy import destroy, destroy_data
from meteolake.aws.names import TAG, Names
from meteolake.aws.obstacles import taken_names
from meteolake.aws.outputs import outputs
from meteolake.aws.stack import Stack
from meteolake.aws.uploads import Upload, send
from meteolake.errors import CloudError

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")

# moto cannot attach a name to a distribution that it does not make.
WITHOUT_CDN = {"HasPublicUrl": "false"}


def yes(planned: ChangeSet) -> bool:
    return True


@pytest.fixture
def code(tmp_path: Path) -> list[Upload]:
    """Three packages: the API's, the unattended run's, its wheels."""
    names = ("api.zip", "run.zip", "wheels.zip")
    return [Upload.of(archive.write(tmp_path / name, {name: name.encode()})) for name in names]


def all_features(code: list[Upload]) -> dict[str, str]:
    api, run, wheels = (upload.key for upload in code)
    return {
        **WITHOUT_CDN,
        "ApiPackageKey": api,
        "SchedulePackageKey": run,
        "ScheduleWheelsKey": wheels,
        "AlertsEmail": "somebody@example.org",
        "DatabaseUrlParameter": "/meteolake/METEOLAKE_DATABASE_URL",
    }


def test_a_first_deploy_makes_the_stack_and_a_second_one_changes_nothing(stack: Stack, names: Names) -> None:
    first = deploy(stack, names, WITHOUT_CDN, [], yes)
    assert first.outcome == "deployed"
    assert {"LakeBucket", "EmrServiceRole", "RunnerPolicy"} <= {change.resource for change in first.changes}
    assert deploy(stack, names, WITHOUT_CDN, [], yes).outcome == "unchanged"


def test_outputs_tell_what_the_stack_made(stack: Stack, names: Names) -> None:
    deploy(stack, names, WITHOUT_CDN, [], yes)
    found = outputs(stack.account, stack.name)
    assert found.lake_path == "s3://meteolake-lake-123456789012"
    assert found.emr_service_role == "meteolake-emr-service"
    assert found.glue_databases == {z: f"meteolake_{z}" for z in ("raw", "trusted", "refined")}
    assert len(found.emr_subnets) == 2
    assert found.api_url is None


def test_without_a_stack_outputs_say_what_to_do(account: Account) -> None:
    with pytest.raises(CloudError, match="There is no stack other in us-east-1: run `meteolake aws deploy` first"):
        outputs(account, "other")


def test_with_code_a_new_stack_is_made_in_two_changes_with_the_code_sent_in_between(
    stack: Stack, names: Names, code: list[Upload]
) -> None:
    shown: list[set[str]] = []

    def agree(planned: ChangeSet) -> bool:
        shown.append({change.resource for change in planned.changes})
        return True

    done = deploy(stack, names, all_features(code), code, agree)
    assert len(shown) == 2
    assert done.sent == [upload.key for upload in code]
    assert stack.account.client("lambda").get_function(FunctionName="meteolake-api")
    assert deploy(stack, names, all_features(code), code, yes).sent == []


def test_what_is_declined_is_not_made_and_leaves_nothing(stack: Stack, names: Names, code: list[Upload]) -> None:
    done = deploy(stack, names, all_features(code), code, lambda planned: False)
    assert done.outcome == "declined"
    assert len(done.changes) > 20
    assert stack.state() is None
    assert existence(stack.account, names.work_bucket) is Existence.FREE


def test_everything_is_tagged_with_the_lake(stack: Stack, names: Names) -> None:
    deploy(stack, names, WITHOUT_CDN, [], yes)
    [found] = stack.client.describe_stacks(StackName=stack.name)["Stacks"]
    assert found["Tags"] == [{"Key": TAG, "Value": "meteolake"}]


def test_destroying_keeps_the_data_and_the_next_deploy_adopts_it(stack: Stack, names: Names) -> None:
    deploy(stack, names, WITHOUT_CDN, [], yes)
    s3 = stack.account.client("s3")
    s3.put_object(Bucket=names.lake_bucket, Key="raw/one", Body=b"1")
    s3.put_object(Bucket=names.work_bucket, Key="code/one", Body=b"1")
    assert destroy(stack, names) == ["stack meteolake"]
    assert existence(stack.account, names.work_bucket) is Existence.FREE
    assert s3.get_object(Bucket=names.lake_bucket, Key="raw/one")["Body"].read() == b"1"
    adopted = adoption(stack, names)
    assert adopted == "true"
    deploy(stack, names, WITHOUT_CDN | {"AdoptsLakeBucket": adopted}, [], yes)
    assert outputs(stack.account, stack.name).lake_bucket == names.lake_bucket
    assert adoption(stack, names) == "true", "a stack that adopted its bucket must not try to make it later"
    destroy(stack, names)
    assert destroy_data(stack.account, names) == 1
    assert existence(stack.account, names.lake_bucket) is Existence.FREE


def test_destroying_twice_is_harmless_and_removes_what_was_left(stack: Stack, names: Names) -> None:
    deploy(stack, names, WITHOUT_CDN, [], yes)
    destroy(stack, names)
    stack.account.client("s3").create_bucket(Bucket=names.public_bucket)
    assert destroy(stack, names) == [names.public_bucket]
    assert destroy(stack, names) == []


def test_a_stack_with_a_running_cluster_is_not_destroyed(stack: Stack, names: Names) -> None:
    deploy(stack, names, WITHOUT_CDN, [], yes)
    started = stack.account.client("emr").run_job_flow(
        Name="meteolake",
        Instances={"InstanceCount": 1, "MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": True},
        Tags=[{"Key": TAG, "Value": "meteolake"}],
        JobFlowRole="x",
        ServiceRole="y",
    )
    with pytest.raises(CloudError, match=f"{started['JobFlowId']} still run: end them with `meteolake aws stop`"):
        destroy(stack, names)
    assert stack.state() == "CREATE_COMPLETE"


def test_security_groups_that_refer_to_each_other_go_with_the_network(stack: Stack, names: Names) -> None:
    deploy(stack, names, WITHOUT_CDN, [], yes)
    ec2 = stack.account.client("ec2")
    network = outputs(stack.account, stack.name).network
    ids = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=network)["GroupId"]
        for name in ("ElasticMapReduce-master", "ElasticMapReduce-slave")
    ]
    for group, other in (ids, ids[::-1]):
        rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": [{"GroupId": other}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    destroy(stack, names)
    left = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network]}])["SecurityGroups"]
    assert left == []


def test_all_versions_of_an_object_and_unfinished_uploads_are_removed(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="full")
    s3.put_bucket_versioning(Bucket="full", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="full", Key="a", Body=body)
    s3.delete_object(Bucket="full", Key="a")
    s3.create_multipart_upload(Bucket="full", Key="b")
    told: list[int] = []
    assert buckets.empty(account, "full", told.append) == 3
    assert told == [3]
    buckets.remove(account, "full")


def test_code_that_is_there_is_not_sent_again(account: Account, code: list[Upload]) -> None:
    account.client("s3").create_bucket(Bucket="work")
    assert send(account, "work", code) == code
    assert send(account, "work", code) == []


def test_an_application_at_work_is_not_stopped(account: Account, names: Names) -> None:
    client = account.client("emr-serverless")
    made = client.create_application(name="x", releaseLabel="emr-7.13.0", type="SPARK", clientToken="t")
    role = "arn:aws:iam::123456789012:role/jobs"
    run = client.start_job_run(applicationId=made["applicationId"], executionRoleArn=role, clientToken="t")
    at_work = get_backend("emr-serverless")[names.account_id]["us-east-1"].job_runs[made["applicationId"]][0]
    at_work.state = "RUNNING"
    assert run["jobRunId"] == at_work.id
    client.start_application(applicationId=made["applicationId"])
    with pytest.raises(CloudError, match="at work on 1 job"):
        application.stop(account, made["applicationId"], 0)
    at_work.state = "SUCCESS"
    application.stop(account, made["applicationId"], 0)
    assert client.get_application(applicationId=made["applicationId"])["application"]["state"] == "STOPPED"
    application.stop(account, "00nothere", 0)


def test_the_template_fits_into_one_call() -> None:
    assert len(template().encode()) < 51_200, "CloudFormation takes larger templates from a bucket only"


def test_the_caller_is_known(account: Account, names: Names) -> None:
    assert caller(account).names("meteolake", "us-east-1") == names


def test_names_that_are_taken_are_told_before_the_deploy(account: Account, names: Names) -> None:
    assert list(taken_names(account, names, has_stack=False)) == []
    s3 = account.client("s3")
    s3.create_bucket(Bucket=names.lake_bucket)
    s3.create_bucket(Bucket=names.work_bucket)
    account.client("iam").create_role(RoleName="meteolake-emr-service", AssumeRolePolicyDocument="{}")
    found = {each.resource: each.note for each in taken_names(account, names, has_stack=False)}
    assert set(found) == {names.work_bucket, "meteolake-emr-service"}, "the lake's bucket is adopted"
    assert list(taken_names(account, names, has_stack=True)) == []


def test_a_question_that_is_broken_off_leaves_nothing(stack: Stack, names: Names) -> None:
    def interrupted(planned: ChangeSet) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy(stack, names, WITHOUT_CDN, [], interrupted)
    assert stack.state() is None
