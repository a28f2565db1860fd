"""Which permissions `meteolake aws deploy` and `aws destroy` need: CloudFormation acts as the person who calls it."""

from collections.abc import Collection

from meteolake.aws.needs import BUCKETS, GLUE, ROLES, Need, passing

_STACK = "arn:{partition}:cloudformation:{region}:{account_id}:stack/{stack}/*"
_BUCKETS = tuple(f"{BUCKETS}-{kind}-{{account_id}}" for kind in ("lake", "work", "public"))
_OBJECTS = tuple(f"{bucket}/*" for bucket in _BUCKETS)
_LOGS = "arn:{partition}:logs:{region}:{account_id}:log-group:"


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


_ALWAYS = (
    Need(
        "make and change the stack",
        _actions(
            "cloudformation",
            "CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet DescribeStacks DescribeStackEvents "
            "ListStackResources DeleteStack TagResource",
        ),
        (_STACK,),
    ),
    Need(
        "make and protect the buckets",
        _actions(
            "s3",
            "CreateBucket ListBucket PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock "
            "PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration "
            "GetBucketLocation GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock GetBucketTagging "
            "GetBucketVersioning GetEncryptionConfiguration GetLifecycleConfiguration",
        ),
        _BUCKETS,
    ),
    Need("send code", _actions("s3", "PutObject GetObject AbortMultipartUpload"), (_OBJECTS[1],)),
    Need(
        "make the network of clusters",
        _actions(
            "ec2",
            "CreateVpc ModifyVpcAttribute CreateSubnet ModifySubnetAttribute CreateInternetGateway "
            "AttachInternetGateway CreateRouteTable CreateRoute AssociateRouteTable CreateVpcEndpoint CreateTags "
            "DescribeVpcs DescribeVpcAttribute DescribeSubnets DescribeInternetGateways DescribeRouteTables "
            "DescribeVpcEndpoints DescribeAvailabilityZones",
        ),
        ("*",),
    ),
    Need(
        "make the roles",
        _actions(
            "iam",
            "CreateRole GetRole TagRole PutRolePolicy GetRolePolicy DeleteRolePolicy AttachRolePolicy "
            "DetachRolePolicy UpdateAssumeRolePolicy ListRolePolicies ListAttachedRolePolicies",
        ),
        (ROLES + "/{stack}-*",),
    ),
    Need(
        "make the policies",
        _actions("iam", "CreatePolicy GetPolicy CreatePolicyVersion DeletePolicyVersion ListPolicyVersions TagPolicy"),
        ("arn:{partition}:iam::{account_id}:policy/{stack}-*",),
    ),
    Need(
        "make the instance profile",
        _actions("iam", "CreateInstanceProfile GetInstanceProfile AddRoleToInstanceProfile"),
        ("arn:{partition}:iam::{account_id}:instance-profile/{stack}-*",),
    ),
    passing(ROLES + "/{stack}-emr-instances", "ec2.amazonaws.com"),
    Need(
        "make the EMR Serverless application",
        _actions(
            "emr-serverless",
            "CreateApplication GetApplication UpdateApplication StopApplication ListJobRuns TagResource",
        ),
        ("*",),
    ),
    Need(
        "let EMR Serverless make its own role, at its first use",
        ("iam:CreateServiceLinkedRole",),
        (ROLES + "/aws-service-role/*",),
        {"iam:AWSServiceName": ("ops.emr-serverless.amazonaws.com",)},
    ),
    Need(
        "make the catalogue",
        _actions("glue", "CreateDatabase GetDatabase UpdateDatabase"),
        (GLUE + ":catalog", GLUE + ":database/{glue}_*"),
    ),
    Need(
        "make the Athena workgroup",
        _actions("athena", "CreateWorkGroup GetWorkGroup UpdateWorkGroup TagResource ListTagsForResource"),
        ("arn:{partition}:athena:{region}:{account_id}:workgroup/{stack}",),
    ),
    Need(
        "make the alerts' topic",
        _actions("sns", "CreateTopic GetTopicAttributes ListTagsForResource TagResource"),
        ("arn:{partition}:sns:{region}:{account_id}:{stack}-alerts",),
    ),
    Need(
        "find the secrets of the unattended run",
        ("ssm:GetParameters",),
        ("arn:{partition}:ssm:{region}:{account_id}:parameter/{stack}/*",),
        feature="schedule",
    ),
)

_BY_FEATURE = (
    Need(
        "serve the public documents",
        _actions(
            "cloudfront",
            "CreateDistribution GetDistribution UpdateDistribution TagResource CreateOriginAccessControl "
            "GetOriginAccessControl UpdateOriginAccessControl",
        ),
        ("*",),
        feature="public_url",
    ),
    Need(
        "make the API's function",
        _actions(
            "lambda",
            "CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration AddPermission TagResource",
        ),
        ("arn:{partition}:lambda:{region}:{account_id}:function:{stack}-api",),
        feature="api",
    ),
    passing(ROLES + "/{stack}-api", "lambda.amazonaws.com", "api"),
    Need(
        "make the API",
        _actions("apigateway", "GET POST PUT PATCH DELETE"),
        ("arn:{partition}:apigateway:{region}::/*",),
        feature="api",
    ),
    Need(
        "keep the API's log",
        _actions("logs", "CreateLogGroup PutRetentionPolicy TagResource"),
        (_LOGS + "/aws/lambda/{stack}-api*",),
        feature="api",
    ),
    Need(
        "make the unattended run",
        _actions("codebuild", "CreateProject UpdateProject BatchGetProjects"),
        ("arn:{partition}:codebuild:{region}:{account_id}:project/{stack}-run",),
        feature="schedule",
    ),
    Need(
        "make the schedule",
        _actions("scheduler", "CreateSchedule GetSchedule UpdateSchedule"),
        ("arn:{partition}:scheduler:{region}:{account_id}:schedule/default/{stack}-run",),
        feature="schedule",
    ),
    passing(ROLES + "/{stack}-run", "codebuild.amazonaws.com", "schedule"),
    passing(ROLES + "/{stack}-schedule", "scheduler.amazonaws.com", "schedule"),
    Need(
        "keep the unattended run's log",
        _actions("logs", "CreateLogGroup PutRetentionPolicy TagResource"),
        (_LOGS + "/aws/codebuild/{stack}-run*",),
        feature="schedule",
    ),
    Need(
        "make the alarms",
        _actions("cloudwatch", "PutMetricAlarm DescribeAlarms TagResource"),
        ("arn:{partition}:cloudwatch:{region}:{account_id}:alarm:{stack}-*",),
        feature="schedule",
    ),
    Need(
        "tell somebody by e-mail",
        _actions("sns", "Subscribe"),
        ("arn:{partition}:sns:{region}:{account_id}:{stack}-alerts",),
        feature="alerts",
    ),
    Need(
        "watch the budget",
        _actions("budgets", "ViewBudget ModifyBudget"),
        ("arn:{partition}:budgets::{account_id}:budget/{stack}",),
        feature="alerts",
    ),
)

DESTROY: tuple[Need, ...] = (
    Need(
        "remove the stack",
        _actions("cloudformation", "DescribeStacks DescribeStackEvents DeleteStack"),
        (_STACK,),
    ),
    Need(
        "empty and remove the buckets",
        _actions("s3", "ListBucket ListBucketVersions ListBucketMultipartUploads DeleteBucket DeleteBucketPolicy"),
        _BUCKETS,
    ),
    Need("remove objects", _actions("s3", "DeleteObject DeleteObjectVersion AbortMultipartUpload"), _OBJECTS),
    Need(
        "remove the network of clusters",
        _actions(
            "ec2",
            "DescribeSecurityGroups RevokeSecurityGroupIngress RevokeSecurityGroupEgress DeleteSecurityGroup DeleteVpc "
            "DeleteSubnet DetachInternetGateway DeleteInternetGateway DisassociateRouteTable DeleteRoute "
            "DeleteRouteTable DeleteVpcEndpoints DescribeVpcs DescribeSubnets DescribeInternetGateways "
            "DescribeRouteTables DescribeVpcEndpoints",
        ),
        ("*",),
    ),
    Need(
        "remove the roles",
        _actions("iam", "GetRole DeleteRole DeleteRolePolicy DetachRolePolicy"),
        (ROLES + "/{stack}-*",),
    ),
    Need(
        "remove the policies",
        _actions("iam", "GetPolicy DeletePolicy DeletePolicyVersion ListPolicyVersions"),
        ("arn:{partition}:iam::{account_id}:policy/{stack}-*",),
    ),
    Need(
        "remove the instance profile",
        _actions("iam", "GetInstanceProfile RemoveRoleFromInstanceProfile DeleteInstanceProfile"),
        ("arn:{partition}:iam::{account_id}:instance-profile/{stack}-*",),
    ),
    Need(
        "see what still runs",
        _actions("elasticmapreduce", "ListClusters DescribeCluster"),
        ("*",),
    ),
    Need(
        "remove the EMR Serverless application",
        _actions("emr-serverless", "GetApplication ListJobRuns StopApplication DeleteApplication"),
        ("arn:{partition}:emr-serverless:{region}:{account_id}:/applications/{application}",),
    ),
    Need(
        "remove the catalogue",
        _actions("glue", "GetDatabase DeleteDatabase GetTables DeleteTable"),
        (GLUE + ":catalog", GLUE + ":database/{glue}_*", GLUE + ":table/{glue}_*/*"),
    ),
    Need(
        "remove the Athena workgroup",
        _actions("athena", "GetWorkGroup DeleteWorkGroup"),
        ("arn:{partition}:athena:{region}:{account_id}:workgroup/{stack}",),
    ),
    Need(
        "remove the alerts' topic",
        _actions("sns", "DeleteTopic GetTopicAttributes Unsubscribe"),
        ("arn:{partition}:sns:{region}:{account_id}:{stack}-alerts",),
    ),
)


def deploy_needs(features: Collection[str]) -> tuple[Need, ...]:
    """What a deploy with these features needs."""
    return tuple(need for need in (*_ALWAYS, *_BY_FEATURE) if not need.feature or need.feature in features)
