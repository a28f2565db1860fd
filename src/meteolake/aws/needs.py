"""Which permissions `meteolake run --on …` needs: preflight asks for them, the stack's runner policy grants them.

A pattern of an ARN has the fields of `Names`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from meteolake.aws.names import TAG, Names

BUCKETS = "arn:{partition}:s3:::{stack}"
CLUSTERS = "arn:{partition}:elasticmapreduce:{region}:{account_id}:cluster/*"
APPLICATION = "arn:{partition}:emr-serverless:{region}:{account_id}:/applications/{application}"
ROLES = "arn:{partition}:iam::{account_id}:role"
GLUE = "arn:{partition}:glue:{region}:{account_id}"
PASSED = "iam:PassedToService"

# What a feature's absence means, for those that a lake can do without.
DISPENSABLE = {
    "api": "no API: the public documents alone are deployed",
    "public_url": "no URL for the public documents: set [aws] has_public_url = false",
}


@dataclass(frozen=True)
class Need:
    """Actions on resources, under the values of condition keys, and what for."""

    purpose: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    feature: str = ""

    def on(self, names: Names) -> "Need":
        """The same with the ARNs and values of one stack."""
        return Need(
            self.purpose,
            self.actions,
            tuple(names.arn(resource) for resource in self.resources),
            {key: tuple(names.arn(value) for value in values) for key, values in self.condition.items()},
            self.feature,
        )


def passing(role: str, service: str, feature: str = "") -> Need:
    """The permission to hand one role to one service."""
    return Need(f"hand {service.split('.')[0]} its role", ("iam:PassRole",), (role,), {PASSED: (service,)}, feature)


RUN: tuple[Need, ...] = (
    Need(
        "read the stack",
        ("cloudformation:DescribeStacks",),
        ("arn:{partition}:cloudformation:{region}:{account_id}:stack/{stack}/*",),
    ),
    Need(
        "find objects",
        ("s3:ListBucket",),
        tuple(f"{BUCKETS}-{kind}-{{account_id}}" for kind in ("lake", "work", "public")),
    ),
    Need(
        "read and write the lake and the public documents",
        ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
        tuple(f"{BUCKETS}-{kind}-{{account_id}}/*" for kind in ("lake", "public")),
    ),
    Need(
        "send code, read logs and results",
        ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
        (BUCKETS + "-work-{account_id}/*",),
    ),
    Need(
        "locate the buckets",
        ("s3:GetBucketLocation",),
        tuple(f"{BUCKETS}-{kind}-{{account_id}}" for kind in ("lake", "work")),
    ),
    Need(
        "start clusters of this lake",
        ("elasticmapreduce:RunJobFlow",),
        ("*",),
        {f"aws:RequestTag/{TAG}": ("{stack}",)},
    ),
    Need("tag new clusters", ("elasticmapreduce:AddTags",), (CLUSTERS,), {f"aws:RequestTag/{TAG}": ("{stack}",)}),
    Need(
        "use clusters of this lake",
        (
            "elasticmapreduce:AddJobFlowSteps",
            "elasticmapreduce:CancelSteps",
            "elasticmapreduce:DescribeStep",
            "elasticmapreduce:ListInstances",
            "elasticmapreduce:ListSteps",
            "elasticmapreduce:PutAutoTerminationPolicy",
            "elasticmapreduce:TerminateJobFlows",
        ),
        (CLUSTERS,),
        {f"elasticmapreduce:ResourceTag/{TAG}": ("{stack}",)},
    ),
    Need("find clusters", ("elasticmapreduce:ListClusters", "elasticmapreduce:DescribeCluster"), ("*",)),
    Need("find applications", ("emr-serverless:ListApplications",), ("*",)),
    Need(
        "use the EMR Serverless application",
        (
            "emr-serverless:GetApplication",
            "emr-serverless:ListJobRuns",
            "emr-serverless:StartApplication",
            "emr-serverless:StartJobRun",
            "emr-serverless:StopApplication",
            "emr-serverless:TagResource",
        ),
        (APPLICATION,),
    ),
    Need(
        "watch job runs",
        (
            "emr-serverless:CancelJobRun",
            "emr-serverless:GetDashboardForJobRun",
            "emr-serverless:GetJobRun",
            "emr-serverless:TagResource",
        ),
        (APPLICATION + "/jobruns/*",),
    ),
    passing(ROLES + "/{stack}-emr-service", "elasticmapreduce.amazonaws.com"),
    passing(ROLES + "/{stack}-emr-instances", "ec2.amazonaws.com"),
    passing(ROLES + "/{stack}-emr-serverless", "emr-serverless.amazonaws.com"),
    Need(
        "let EMR make its own roles, at its first use",
        ("iam:CreateServiceLinkedRole",),
        (ROLES + "/aws-service-role/*",),
        {
            "iam:AWSServiceName": (
                "elasticmapreduce.amazonaws.com",
                "ops.emr-serverless.amazonaws.com",
                "spot.amazonaws.com",
            )
        },
    ),
    Need(
        "keep the catalogue that Athena reads",
        (
            "glue:GetDatabase",
            "glue:GetTable",
            "glue:GetTables",
            "glue:CreateTable",
            "glue:UpdateTable",
            "glue:DeleteTable",
        ),
        (GLUE + ":catalog", GLUE + ":database/{glue}_*", GLUE + ":table/{glue}_*/*"),
    ),
    Need(
        "ask Athena",
        (
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:GetWorkGroup",
            "athena:StartQueryExecution",
            "athena:StopQueryExecution",
        ),
        ("arn:{partition}:athena:{region}:{account_id}:workgroup/{stack}",),
    ),
    Need(
        "tell the alarms that results were published",
        ("cloudwatch:PutMetricData",),
        ("*",),
        {"cloudwatch:namespace": ("meteolake",)},
    ),
    Need(
        "check one's own permissions",
        ("iam:SimulatePrincipalPolicy", "iam:GetRole"),
        (ROLES + "/*", "arn:{partition}:iam::{account_id}:user/*"),
    ),
    Need("read quotas", ("servicequotas:GetServiceQuota",), ("*",)),
)


def resolved(needs: tuple[Need, ...], names: Names) -> Iterator[Need]:
    """Needs with the ARNs of one stack."""
    return (need.on(names) for need in needs)
