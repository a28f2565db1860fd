"""Calls that change nothing and tell whether a service answers the caller at all, where IAM may not be asked."""

from collections.abc import Callable, Mapping

from meteolake.aws.account import Account, code

PROBES: Mapping[str, Callable[[Account], object]] = {
    "elasticmapreduce:ListClusters": lambda account: account.client("emr").list_clusters(),
    "athena:GetWorkGroup": lambda account: account.client("athena").get_work_group(WorkGroup="primary"),
    "cloudformation:DescribeStacks": lambda account: account.client("cloudformation").describe_stacks(),
    "ec2:DescribeVpcs": lambda account: account.client("ec2").describe_vpcs(MaxResults=5),
    "emr-serverless:ListJobRuns": lambda account: account.client("emr-serverless").list_applications(maxResults=1),
    "glue:GetDatabase": lambda account: account.client("glue").get_databases(MaxResults=1),
    "lambda:GetFunction": lambda account: account.client("lambda").list_functions(MaxItems=1),
}
_REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def probe(account: Account, action: str) -> str:
    """Nothing when a harmless call of this kind was answered, else why it was not."""
    from botocore.exceptions import ClientError

    try:
        PROBES[action](account)
    except ClientError as error:
        return "a similar call was refused" if code(error) in _REFUSED else code(error)
    return ""
