"""What the stack made: the names that everything else on AWS works with."""

from collections.abc import Mapping
from dataclasses import dataclass

from meteolake.aws.account import Account, code, explained
from meteolake.errors import CloudError

_ZONES = ("raw", "trusted", "refined")


@dataclass(frozen=True)
class Outputs:
    """The outputs of the stack; None for what a stack may do without.

    Clusters stand in `emr_subnets`. They need the tag `for-use-with-amazon-emr-managed-policies = true`, which EMR's
    own policy asks for, and `meteolake:lake = <stack>`, without which the runner's policy lets nobody start one.
    """

    stack: str
    lake_bucket: str
    work_bucket: str
    public_bucket: str
    emr_service_role: str
    emr_instance_profile: str
    glue_databases: Mapping[str, str]
    emr_subnets: tuple[str, ...] = ()
    network: str | None = None
    public_url: str | None = None
    serverless_application_id: str | None = None
    serverless_job_role: str | None = None
    athena_workgroup: str | None = None
    api_url: str | None = None
    api_function: str | None = None
    api_key_id: str | None = None
    schedule_project: str | None = None
    alerts_topic: str | None = None
    runner_policy: str | None = None

    @property
    def lake_path(self) -> str:
        """What `[lake] path` is for a lake on AWS."""
        return f"s3://{self.lake_bucket}"

    @classmethod
    def of(cls, stack: str, values: Mapping[str, str]) -> "Outputs":
        """The outputs out of CloudFormation's own, by their keys."""
        return cls(
            stack,
            lake_bucket=values["LakeBucket"],
            work_bucket=values["WorkBucket"],
            public_bucket=values["PublicBucket"],
            emr_service_role=values["EmrServiceRole"],
            emr_instance_profile=values["EmrInstanceProfile"],
            glue_databases={zone: values[f"GlueDatabase{zone.title()}"] for zone in _ZONES},
            emr_subnets=tuple(filter(None, values.get("EmrSubnets", "").split(","))),
            network=values.get("Network"),
            public_url=values.get("PublicUrl"),
            serverless_application_id=values.get("ServerlessApplicationId"),
            serverless_job_role=values.get("ServerlessJobRole"),
            athena_workgroup=values.get("AthenaWorkgroup"),
            api_url=values.get("ApiUrl"),
            api_function=values.get("ApiFunction"),
            api_key_id=values.get("ApiKeyId"),
            schedule_project=values.get("ScheduleProject"),
            alerts_topic=values.get("AlertsTopic"),
            runner_policy=values.get("RunnerPolicy"),
        )


def outputs(account: Account, stack: str) -> Outputs:
    """The outputs of a deployed stack.

    Raises:
        CloudError: there is no such stack, it is not complete, or AWS refuses.
    """
    from botocore.exceptions import ClientError

    with explained("cloudformation:DescribeStacks", stack):
        try:
            [found] = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if code(error) == "ValidationError":
                raise CloudError(
                    f"There is no stack {stack} in {account.region}: run `meteolake aws deploy` first."
                ) from error
            raise
    values = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
    if "LakeBucket" not in values:
        raise CloudError(f"Stack {stack} is {found['StackStatus']}: run `meteolake aws deploy` to complete it.")
    return Outputs.of(stack, values)
