"""The template: what cfn-lint says of it, and what must never change in it."""

import hashlib
import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_file
from moto.cloudformation.parsing import resource_class_from_type
from tests.aws.stack.template import Resolver, Statement, parsed, statements

from meteolake.aws.names import TAG, Names
from meteolake.aws.needs import Need, needs, resolved
from meteolake.cli.aws.parameters import features, parameters
from meteolake.config import Config
from meteolake.serve.api import refusal

# moto leaves these out without a word: what is said of them is proved by cfn-lint and the tests below alone.
SKIPPED_BY_MOTO = {
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::Athena::WorkGroup",
    "AWS::Budgets::Budget",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeBuild::Project",
    "AWS::EMRServerless::Application",
    "AWS::Glue::Database",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::Scheduler::Schedule",
}

# Actions that know no resource (https://docs.aws.amazon.com/service-authorization/): bound by a condition, or reading.
WITHOUT_RESOURCE = {
    "cloudwatch:PutMetricData",
    "elasticmapreduce:DescribeCluster",
    "elasticmapreduce:ListClusters",
    "elasticmapreduce:RunJobFlow",
    "emr-serverless:ListApplications",
    "servicequotas:GetServiceQuota",
}


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return parsed()


@pytest.fixture
def made(whole: dict[str, Any]) -> dict[str, Any]:
    found = whole["Resources"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def resolver(names: Names, made: dict[str, Any]) -> Resolver:
    return Resolver(names, made)


@pytest.fixture
def allowed(resolver: Resolver) -> list[Statement]:
    return [each for each in statements(resolver) if each.effect == "Allow"]


def of_type(made: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, resource) for name, resource in made.items() if resource["Type"] == kind)


def test_cfn_lint_has_nothing_to_say() -> None:
    path = resources.files("meteolake.aws").joinpath("template.yaml")
    assert lint_file(path, config=ManualArgs(regions=["us-east-1", "eu-central-1"])) == []


def test_moto_skips_the_types_that_are_known_and_no_others(made: dict[str, Any]) -> None:
    types = {resource["Type"] for resource in made.values()}
    assert {kind for kind in types if resource_class_from_type(kind) is None} == SKIPPED_BY_MOTO


def test_data_outlives_the_stack(made: dict[str, Any]) -> None:
    lake = made["LakeBucket"]
    assert lake["DeletionPolicy"] == lake["UpdateReplacePolicy"] == "Retain"
    assert lake["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = lake["Properties"]["LifecycleConfiguration"]["Rules"]
    assert any("NoncurrentVersionExpiration" in rule for rule in rules)
    assert not any("ExpirationInDays" in rule for rule in rules)


def test_every_bucket_is_encrypted_private_and_rid_of_abandoned_uploads(made: dict[str, Any]) -> None:
    buckets = dict(of_type(made, "AWS::S3::Bucket"))
    assert len(buckets) == 3
    for bucket in buckets.values():
        properties = bucket["Properties"]
        assert "BucketEncryption" in properties
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        rules = properties["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_every_bucket_is_reached_by_encrypted_connections_only(resolver: Resolver) -> None:
    denied = [each for each in statements(resolver) if each.effect == "Deny"]
    assert {each.owner for each in denied} == {"LakeBucketPolicy", "WorkBucketPolicy", "PublicBucketPolicy"}
    for each in denied:
        assert each.actions == ("s3:*",)
        assert len(each.resources) == 2
        assert each.condition == {"Bool": {"aws:SecureTransport": "false"}}


def test_code_is_never_removed_by_its_age(made: dict[str, Any]) -> None:
    rules = made["WorkBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule.get("Prefix", "") for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {"logs/", "athena/"}


def test_roles_are_passed_one_at_a_time_to_one_service(allowed: list[Statement]) -> None:
    passing = [each for each in allowed if "iam:PassRole" in each.actions]
    assert len(passing) == 4
    for each in passing:
        assert each.actions == ("iam:PassRole",)
        assert len(each.resources) == 1
        assert "*" not in each.resources[0]
        assert re.fullmatch(r"[a-z0-9-]+\.amazonaws\.com", each.condition["StringEquals"]["iam:PassedToService"])


def test_nothing_is_allowed_on_everything_but_what_knows_no_resource(allowed: list[Statement]) -> None:
    everywhere = {action for each in allowed if "*" in each.resources for action in each.actions}
    assert everywhere == WITHOUT_RESOURCE
    assert not [action for each in allowed for action in each.actions if action.endswith("*")]


def test_a_runner_reaches_clusters_of_this_lake_only(allowed: list[Statement]) -> None:
    for each in allowed:
        writes = [action for action in each.actions if re.search(r"elasticmapreduce:(?!List|Describe)", action)]
        if writes:
            [(key, value)] = [entry for condition in each.condition.values() for entry in condition.items()]
            assert (key.split("/")[1], value) == (TAG, "meteolake")


def test_services_assume_roles_for_this_account_only(made: dict[str, Any], resolver: Resolver) -> None:
    without = set()
    for name, role in of_type(made, "AWS::IAM::Role"):
        [trust] = resolver.resolve(role["Properties"]["AssumeRolePolicyDocument"])["Statement"]
        if trust.get("Condition") != {"StringEquals": {"aws:SourceAccount": "123456789012"}}:
            without.add(name)
    # EC2 and Lambda do not send the account they act for: only those who may pass the role can use it.
    assert without == {"EmrInstanceRole", "ApiRole"}


def test_the_api_calls_its_function_and_nobody_else_does(made: dict[str, Any]) -> None:
    [(_, permission)] = of_type(made, "AWS::Lambda::Permission")
    assert permission["Properties"]["Action"] == "lambda:InvokeFunction"
    assert "SourceArn" in permission["Properties"]
    # A function URL would need a second permission (InvokeFunctionUrl and InvokeFunction), and knows no keys.
    assert not list(of_type(made, "AWS::Lambda::Url"))
    [(_, method)] = of_type(made, "AWS::ApiGateway::Method")
    assert method["Properties"]["ApiKeyRequired"] is True


def test_what_emr_makes_stands_in_a_network_that_its_policy_accepts(made: dict[str, Any]) -> None:
    wanted = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}
    for name in ("Network", "SubnetA", "SubnetB"):
        assert wanted in made[name]["Properties"]["Tags"]


def test_silence_is_an_alarm_and_a_failure_is_another(made: dict[str, Any]) -> None:
    stale, failed = made["StaleAlarm"]["Properties"], made["RunFailedAlarm"]["Properties"]
    assert (stale["TreatMissingData"], failed["TreatMissingData"]) == ("breaching", "notBreaching")
    assert stale["Period"] * 168 <= 604_800, "CloudWatch looks back seven days at most"


def test_no_log_is_kept_for_ever(made: dict[str, Any]) -> None:
    assert {group["Properties"]["RetentionInDays"] for _, group in of_type(made, "AWS::Logs::LogGroup")} == {30, 90}


def test_the_runner_policy_grants_what_a_run_needs_and_no_more(allowed: list[Statement], names: Names) -> None:
    granted = {
        (action, resource, json.dumps(each.condition, sort_keys=True))
        for each in allowed
        if each.owner == "RunnerPolicy"
        for action in each.actions
        for resource in each.resources
    }
    needed = {
        (action, resource, json.dumps(_condition(need), sort_keys=True))
        for need in resolved(needs("run"), names)
        for action in need.actions
        for resource in need.resources
    }
    assert granted == needed


def _condition(need: Need) -> dict[str, Any]:
    values = {key: _one(allowed) for key, allowed in need.condition.items()}
    return {need.operator: values} if values else {}


def _one(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def test_policies_of_the_longest_name_fit_into_what_iam_takes(made: dict[str, Any]) -> None:
    resolver = Resolver(Names("m" * 32, "123456789012", "ap-southeast-1", application="00f1r9s5qk1s7h09"), made)
    for name, policy in of_type(made, "AWS::IAM::ManagedPolicy"):
        document = json.dumps(resolver.resolve(policy["Properties"]["PolicyDocument"]), separators=(",", ":"))
        assert len(document) <= 6144, name


def test_every_service_of_the_template_is_among_the_needs_of_deploy_and_destroy(made: dict[str, Any]) -> None:
    by_type = {"AWS::EMRServerless": "emr-serverless", "AWS::EC2": "ec2"}
    services = {kind.rsplit("::", 1)[0] for kind in (resource["Type"] for resource in made.values())}
    wanted = {by_type.get(service, service.split("::")[1].lower()) for service in services}
    for purpose in ("deploy", "destroy"):
        asked = needs(purpose, {"api", "public_url", "schedule", "alerts"})
        assert wanted <= {action.split(":")[0] for need in asked for action in need.actions}, purpose


def test_the_configuration_fills_in_parameters_that_the_template_has(whole: dict[str, Any]) -> None:
    given = parameters(Config())
    assert set(given) <= set(whole["Parameters"])
    assert given["ScheduleExpression"] == "cron(30 6 * * ? *)"
    defaults = {name: str(parameter["Default"]) for name, parameter in whole["Parameters"].items()}
    assert {name: value for name, value in given.items() if defaults[name] != value} == {}
    assert features(Config()) == {"api", "public_url"}


def test_a_change_of_the_api_is_deployed_under_another_name(made: dict[str, Any]) -> None:
    copied = ("AWS::ApiGateway::Resource", "AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")
    parts = [dict(of_type(made, kind)) for kind in copied]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]
    [(name, deployment)] = of_type(made, "AWS::ApiGateway::Deployment")
    assert name == f"ApiDeployment{digest}"
    assert set(deployment["DependsOn"]) == {name for kind in copied[1:] for name, _ in of_type(made, kind)}


def test_what_the_gateway_refuses_has_the_form_of_the_api_s_errors(made: dict[str, Any]) -> None:
    responses = [resource["Properties"] for _, resource in of_type(made, "AWS::ApiGateway::GatewayResponse")]
    for each in responses:
        text = each["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"Forbidden"')
        assert json.loads(text) == refusal(json.loads(text)["reason"])
    statuses = {each["ResponseType"]: each.get("StatusCode") for each in responses}
    assert statuses["INVALID_API_KEY"] == "401", "as `meteolake serve` answers"
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(statuses), "429 for one, which keeps its status"
