"""Who calls AWS: the account, and the principal whose permissions can be asked about."""

import contextlib
from dataclasses import dataclass

from meteolake.aws.account import Account, explained
from meteolake.aws.names import Names


@dataclass(frozen=True)
class Caller:
    """The account and the caller's ARN, as AWS tells them."""

    account_id: str
    arn: str

    @property
    def partition(self) -> str:
        """`aws`, or that of China or a government."""
        return self.arn.split(":")[1]

    def names(self, stack: str, region: str, application: str = "*") -> Names:
        """The names of a stack in this account."""
        return Names(stack, self.account_id, region, self.partition, application)


def caller(account: Account) -> Caller:
    """Who the credentials belong to.

    Raises:
        CloudError: there are none, they have expired, or AWS does not know them.
    """
    with explained("sts:GetCallerIdentity", f"region {account.region}"):
        answer = account.client("sts").get_caller_identity()
    return Caller(answer["Account"], answer["Arn"])


def principal(account: Account, who: Caller) -> str | None:
    """The user or role whose policies apply; None for the root user and federated users, who have none of their own.

    The ARN of an assumed role lacks the role's path, which IAM alone knows.
    """
    from botocore.exceptions import ClientError

    kind, *rest = who.arn.split(":", 5)[5].split("/")
    if kind == "user":
        return who.arn
    if kind != "assumed-role":
        return None
    with contextlib.suppress(ClientError):
        return str(account.client("iam").get_role(RoleName=rest[0])["Role"]["Arn"])
    return f"arn:{who.partition}:iam::{who.account_id}:role/{rest[0]}"
