"""Preflight: IAM's simulation by botocore's Stubber, the rest on moto's server."""

from typing import Any

import pytest
from botocore.stub import ANY
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.stack.stubbed import StubbedAccount

from meteolake.aws.caller import Caller, principal
from meteolake.aws.grants import policy
from meteolake.aws.names import Names
from meteolake.aws.needs import Need, needs, resolved
from meteolake.aws.obstacles import quotas, small_quotas, stuck_stack
from meteolake.aws.preflight import MOST_ACTIONS, Finding, preflight, questions

USER = Caller("123456789012", "arn:aws:iam::123456789012:user/ops/anna")
START = Need(
    "start clusters", ("elasticmapreduce:RunJobFlow",), ("*",), {"aws:RequestTag/meteolake:lake": ("meteolake",)}
)
WRITE = Need("write", ("s3:GetObject", "s3:PutObject"), ("arn:aws:s3:::lake/*",))


def answer(*decisions: tuple[str, str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalResourceName": "arn:${Partition}:x",
                "EvalDecision": decision,
                "ResourceSpecificResults": [{"EvalResourceName": resource, "EvalResourceDecision": decision}],
                **more,
            }
            for action, decision in decisions
        ]
    }


@pytest.fixture
def account() -> StubbedAccount:
    return StubbedAccount("us-east-1")


def test_iam_is_asked_with_what_the_call_would_carry(account: StubbedAccount) -> None:
    asked = {
        "PolicySourceArn": USER.arn,
        "ActionNames": ["elasticmapreduce:RunJobFlow"],
        "ResourceArns": ["*"],
        "ContextEntries": [
            {
                "ContextKeyName": "aws:RequestTag/meteolake:lake",
                "ContextKeyType": "string",
                "ContextKeyValues": ["meteolake"],
            }
        ],
    }
    result = answer(("elasticmapreduce:RunJobFlow", "allowed"))
    account.stub("iam").add_response("simulate_principal_policy", result, asked)
    [finding] = preflight(account, USER, [START])
    assert (finding.state, finding.is_fatal) == ("allowed", False)
    account.assert_all_was_asked()


def test_a_role_is_passed_in_the_simulation_as_in_the_call(account: StubbedAccount, names: Names) -> None:
    asked = {
        "PolicySourceArn": USER.arn,
        "ActionNames": ["iam:PassRole"],
        "ResourceArns": ["arn:aws:iam::123456789012:role/meteolake-emr-service"],
        "ContextEntries": [
            {
                "ContextKeyName": "iam:PassedToService",
                "ContextKeyType": "string",
                "ContextKeyValues": ["elasticmapreduce.amazonaws.com"],
            }
        ],
    }
    account.stub("iam").add_response("simulate_principal_policy", answer(("iam:PassRole", "implicitDeny")), asked)
    [need] = [need for need in resolved(needs("run"), names) if need.purpose == "give EMR its role"]
    [finding] = preflight(account, USER, [need])
    assert (finding.state, finding.note, finding.is_fatal) == ("denied", "no policy allows it", True)


def test_patterns_are_simulated_as_one_of_their_resources(account: StubbedAccount) -> None:
    asked = {
        "PolicySourceArn": ANY,
        "ActionNames": ANY,
        "ResourceArns": ["arn:aws:s3:::lake/example"],
        "ContextEntries": [],
    }
    decisions = ("s3:GetObject", "allowed"), ("s3:PutObject", "explicitDeny")
    account.stub("iam").add_response("simulate_principal_policy", answer(*decisions), asked)
    found = preflight(account, USER, [WRITE])
    assert [(each.action, each.state, each.note) for each in found] == [
        ("s3:GetObject", "allowed", ""),
        ("s3:PutObject", "denied", "a policy forbids it"),
    ]


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, "your organization's policy forbids it"),
        (
            {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
            "a permissions boundary forbids it",
        ),
    ],
    ids=["organization", "boundary"],
)
def test_who_forbids_is_told(account: StubbedAccount, more: dict[str, Any], note: str) -> None:
    result = answer(("elasticmapreduce:RunJobFlow", "implicitDeny"), **more)
    account.stub("iam").add_response("simulate_principal_policy", result)
    [finding] = preflight(account, USER, [START])
    assert finding.note == note


def test_where_iam_may_not_be_asked_the_answer_is_unknown_and_not_denied(account: StubbedAccount) -> None:
    account.stub("iam").add_client_error("simulate_principal_policy", "AccessDenied", "no", 403)
    account.stub("emr").add_response("list_clusters", {"Clusters": []})
    account.stub("glue").add_client_error("get_databases", "AccessDeniedException", "no", 400)
    needs = [START, Need("look", ("elasticmapreduce:ListClusters", "glue:GetDatabase"), ("*",))]
    found = {each.action: (each.state, each.note) for each in preflight(account, USER, needs)}
    assert found == {
        "elasticmapreduce:RunJobFlow": ("unknown", "IAM may not be asked (iam:SimulatePrincipalPolicy)"),
        "elasticmapreduce:ListClusters": ("allowed", ""),
        "glue:GetDatabase": ("unknown", "a similar call was refused"),
    }
    account.assert_all_was_asked()


def test_an_assumed_role_is_asked_about_by_its_own_name(account: StubbedAccount) -> None:
    arn = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Ops"
    role = {"Path": "/", "RoleName": "Ops", "RoleId": "A" * 16, "Arn": arn, "CreateDate": "2026-01-01T00:00:00Z"}
    assumed = Caller("123456789012", "arn:aws:sts::123456789012:assumed-role/Ops/anna")
    account.stub("iam").add_response("get_role", {"Role": role}, {"RoleName": "Ops"})
    assert principal(account, assumed) == arn
    account.stub("iam").add_client_error("get_role", "AccessDenied", "no", 403)
    assert principal(account, assumed) == "arn:aws:iam::123456789012:role/Ops"


@pytest.mark.parametrize("arn", ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:federated-user/anna"])
def test_who_has_no_policies_cannot_be_asked_about(account: StubbedAccount, arn: str) -> None:
    assert principal(account, Caller("123456789012", arn)) is None


def test_the_policy_grants_what_is_denied_and_nothing_else(names: Names) -> None:
    wanted = tuple(resolved(needs("run"), names))
    passed = next(need for need in wanted if need.condition.get("iam:PassedToService") == ("ec2.amazonaws.com",))
    findings = [
        Finding("iam:PassRole", passed.resources[0], "denied", passed.purpose),
        Finding("s3:ListBucket", "arn:aws:s3:::meteolake-lake-123456789012", "denied", "find objects"),
        Finding("s3:ListBucket", "arn:aws:s3:::meteolake-work-123456789012", "allowed", "find objects"),
        Finding("glue:GetDatabase", "arn:x", "unknown", "keep the catalogue that Athena reads"),
    ]
    granted = policy(wanted, findings)
    assert granted is not None
    assert granted["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::meteolake-lake-123456789012"]},
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": ["arn:aws:iam::123456789012:role/meteolake-emr-instances"],
            "Condition": {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com"]}},
        },
    ]
    assert policy(wanted, []) is None


def test_a_lake_can_do_without_an_api_and_not_without_its_buckets() -> None:
    assert not Finding("lambda:CreateFunction", "x", "denied", "", feature="api").is_fatal
    assert Finding("s3:CreateBucket", "x", "denied", "").is_fatal
    assert Finding("scheduler:CreateSchedule", "x", "denied", "", feature="schedule").is_fatal


def test_features_that_are_not_wanted_need_no_permission() -> None:
    actions = {action for need in needs("deploy") for action in need.actions}
    assert not {
        action for action in actions if action.split(":")[0] in ("lambda", "apigateway", "scheduler", "budgets")
    }


def test_a_deployment_that_fails_may_remove_what_it_has_made() -> None:
    asked = {action for need in needs("deploy", {"api", "public_url", "schedule", "alerts"}) for action in need.actions}
    stays = {"ec2:DeleteTags", "iam:DeleteServiceLinkedRole", "iam:DeletePolicyVersion"}
    undone = {action.replace(":Create", ":Delete") for action in asked if ":Create" in action} - stays
    undone = {"ec2:DeleteVpcEndpoints" if action == "ec2:DeleteVpcEndpoint" else action for action in undone}
    assert undone - asked == set()


def test_a_quota_that_is_too_small_stops_and_says_what_to_set(account: StubbedAccount) -> None:
    stub = account.stub("service-quotas")
    serverless = {"ServiceCode": "emr-serverless", "QuotaCode": "L-D05C8A75"}
    stub.add_response("get_service_quota", {"Quota": {"Value": 16.0}}, serverless)
    stub.add_client_error("get_service_quota", "AccessDeniedException", "no", 400)
    stub.add_response("get_service_quota", {"Quota": {"Value": 640.0}})
    first, second, third = small_quotas(account, quotas(32))
    assert (first.state, first.is_fatal) == ("denied", True)
    assert first.note.startswith("16 of 32: lower [aws.emr_serverless] most_vcpus")
    assert (second.state, second.note) == ("unknown", "AccessDeniedException")
    assert (third.state, third.note) == ("allowed", "640")


def test_a_stack_that_is_stuck_is_told_before_the_deploy() -> None:
    assert list(stuck_stack("meteolake", "UPDATE_COMPLETE")) == list(stuck_stack("meteolake", None)) == []
    [finding] = stuck_stack("meteolake", "UPDATE_ROLLBACK_FAILED")
    assert finding.is_fatal
    assert "Continue update rollback" in finding.note


needs_lists = st.lists(
    st.builds(
        Need,
        st.text(max_size=3),
        st.lists(st.integers(0, 999).map(lambda n: f"s3:A{n}"), max_size=120, unique=True).map(tuple),
        st.lists(st.integers(0, 9).map(lambda n: f"arn:{n}"), max_size=4, unique=True).map(tuple),
    ),
    max_size=4,
)


@given(needs_lists)
def test_every_action_on_every_resource_is_asked_once_for_each_need(needs: list[Need]) -> None:
    asked = list(questions(needs))
    assert all(0 < len(question.actions) <= MOST_ACTIONS for question in asked)
    for need in needs:
        pairs = [(q.resource, action) for q in asked if q.need is need for action in q.actions]
        expected = [(resource, action) for resource in need.resources for action in need.actions]
        if sum(other is need for other in needs) == 1:
            assert sorted(pairs) == sorted(expected)
