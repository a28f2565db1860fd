"""`aws destroy`: the stack and all that it made, but not the data; that goes only when its bucket's name is given."""

from collections.abc import Iterator
from typing import Any

from meteolake.aws import application, buckets
from meteolake.aws.account import Account, explained
from meteolake.aws.buckets import Existence
from meteolake.aws.names import TAG, Names
from meteolake.aws.outputs import Outputs, outputs
from meteolake.aws.stack import Stack, Tell
from meteolake.errors import CloudError

_ALIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]


def destroy(stack: Stack, names: Names, tell: Tell = lambda text: None) -> list[str]:
    """Remove the stack with code, logs and public documents; return the names of what went.

    Can be run again after it failed in between. Data stays in its bucket.

    Raises:
        CloudError: clusters or jobs are at work, or something could not be deleted: which, and why.
    """
    gone = []
    if (state := stack.settled(tell)) is not None:
        running = list(clusters_of(stack.account, stack.name))
        if running:
            raise CloudError(f"{', '.join(running)} still run: end them with `meteolake aws stop` first.")
        if found := _outputs(stack, state):
            if found.serverless_application_id:
                tell("stopping the EMR Serverless application")
                application.stop(stack.account, found.serverless_application_id, stack.poll_seconds)
            if found.network:
                tell("removing EMR's security groups")
                remove_security_groups(stack.account, found.network)
    for bucket in (names.work_bucket, names.public_bucket):
        if buckets.existence(stack.account, bucket) is Existence.OURS:
            tell(f"emptying {bucket}")
            buckets.empty(stack.account, bucket)
            if state is None:
                buckets.remove(stack.account, bucket)
                gone.append(bucket)
    if state is not None:
        tell(f"removing stack {stack.name}")
        stack.remove(tell)
        gone.append(f"stack {stack.name}")
    return gone


def destroy_data(account: Account, names: Names, tell: Tell = lambda text: None) -> int:
    """Remove the lake's bucket with every object and version; return how many there were.

    Raises:
        CloudError: it may not be removed.
    """
    if buckets.existence(account, names.lake_bucket) is not Existence.OURS:
        return 0
    count = buckets.empty(account, names.lake_bucket, lambda done: tell(f"emptying {names.lake_bucket}: {done:,}"))
    buckets.remove(account, names.lake_bucket)
    return count


def clusters_of(account: Account, stack: str) -> Iterator[str]:
    """The ids of this lake's clusters that cost money now."""
    client = account.client("emr")
    with explained("elasticmapreduce:ListClusters", stack):
        for page in client.get_paginator("list_clusters").paginate(ClusterStates=_ALIVE):
            for cluster in page["Clusters"]:
                tags = client.describe_cluster(ClusterId=cluster["Id"])["Cluster"].get("Tags", ())
                if {"Key": TAG, "Value": stack} in tags:
                    yield cluster["Id"]


def remove_security_groups(account: Account, network: str) -> None:
    """Remove the groups that EMR made in the network: they refer to each other, and the network could not go."""
    client = account.client("ec2")
    with explained("ec2:DescribeSecurityGroups", network):
        answer = client.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network]}])
    groups = [group for group in answer["SecurityGroups"] if group["GroupName"] != "default"]
    for group in groups:
        _revoke_rules(client, group)
    for group in groups:
        with explained("ec2:DeleteSecurityGroup", group["GroupId"]):
            client.delete_security_group(GroupId=group["GroupId"])


def _revoke_rules(client: Any, group: dict[str, Any]) -> None:
    group_id = group["GroupId"]
    with explained("ec2:RevokeSecurityGroupIngress", group_id):
        if group["IpPermissions"]:
            client.revoke_security_group_ingress(GroupId=group_id, IpPermissions=group["IpPermissions"])
        if group["IpPermissionsEgress"]:
            client.revoke_security_group_egress(GroupId=group_id, IpPermissions=group["IpPermissionsEgress"])


def _outputs(stack: Stack, state: str) -> Outputs | None:
    """The outputs, where the stack came so far; of a removal that failed in between they are left, too."""
    if state in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
        return None
    return outputs(stack.account, stack.name)
