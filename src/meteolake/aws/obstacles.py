"""What stands in a deploy's way besides permissions: names that are taken, quotas that are too small."""

from collections.abc import Iterator
from dataclasses import dataclass

from meteolake.aws.account import Account, code
from meteolake.aws.buckets import Existence, existence
from meteolake.aws.change_set import STUCK
from meteolake.aws.names import Names
from meteolake.aws.preflight import Finding


@dataclass(frozen=True)
class Quota:
    """A quota as Service Quotas knows it, and how much of it the configuration may take at once."""

    service: str
    quota_code: str
    name: str
    wanted: float
    remedy: str


def quotas(most_serverless_vcpus: int) -> tuple[Quota, ...]:
    """The quotas that a run can hit, with what is wanted of each; machines of a cluster are only told, not compared."""
    return (
        Quota(
            "emr-serverless",
            "L-D05C8A75",
            "EMR Serverless, vCPUs at once",
            most_serverless_vcpus,
            "lower [aws.emr_serverless] most_vcpus, or ask for more under Service Quotas",
        ),
        Quota("ec2", "L-1216C47A", "EC2 on demand, vCPUs at once", 4, "ask for more under Service Quotas"),
        Quota("ec2", "L-34B43A08", "EC2 spot, vCPUs at once", 4, "set [aws.emr] is_spot = false, or ask for more"),
    )


def taken_names(account: Account, names: Names, has_stack: bool) -> Iterator[Finding]:
    """Names that the stack wants and somebody else has."""
    for bucket in names.buckets:
        found = existence(account, bucket)
        if found is Existence.ELSEWHERE:
            yield _taken("s3:CreateBucket", bucket, "another account or region has a bucket of this name")
        elif found is Existence.OURS and not has_stack and bucket != names.lake_bucket:
            yield _taken("s3:CreateBucket", bucket, "left of an earlier stack: `meteolake aws destroy` removes it")
    if not has_stack:
        for role in names.roles:
            if _has_role(account, role):
                yield _taken("iam:CreateRole", role, "a role of this name exists: choose another [aws] stack")


def small_quotas(account: Account, wanted: tuple[Quota, ...]) -> Iterator[Finding]:
    """Whether each quota is large enough; unknown where Service Quotas does not tell."""
    from botocore.exceptions import BotoCoreError, ClientError

    client = account.client("service-quotas")
    for quota in wanted:
        try:
            answer = client.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.quota_code)
        except ClientError as error:
            yield Finding("quota", quota.name, "unknown", "run jobs", code(error))
            continue
        except BotoCoreError:  # the service is missing in some regions
            yield Finding("quota", quota.name, "unknown", "run jobs", "Service Quotas cannot be reached")
            continue
        yield _compared(quota, answer["Quota"]["Value"])


def stuck_stack(stack: str, state: str | None) -> Iterator[Finding]:
    """Whether the stack is in a state that allows no change."""
    if state in STUCK:
        yield Finding("cloudformation:CreateChangeSet", stack, "denied", "change the stack", f"{state}: {STUCK[state]}")


def _compared(quota: Quota, value: float) -> Finding:
    if value < quota.wanted:
        return Finding("quota", quota.name, "denied", "run jobs", f"{value:g} of {quota.wanted:g}: {quota.remedy}")
    return Finding("quota", quota.name, "allowed", "run jobs", f"{value:g}")


def _taken(action: str, resource: str, note: str) -> Finding:
    return Finding(action, resource, "denied", "take this name", note)


def _has_role(account: Account, role: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        account.client("iam").get_role(RoleName=role)
    except ClientError:  # missing, or not to be read: then the table of permissions says so
        return False
    return True
