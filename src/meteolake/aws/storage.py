"""A lake on S3: its bucket is asked before anything else is, and everything that reads it learns how to reach it.

obstore, delta-rs and the embedded engine each have clients of their own, and what they share is the environment of this
process: region, endpoint and credentials are handed on there, and nowhere else. Credentials that end, as those of SSO
and of assumed roles do, are renewed by the SDK and handed on anew. Those that a machine or a container has of itself
are not handed on, since these clients find and renew them by the same means.
"""

import os
from dataclasses import dataclass
from typing import Any

from meteolake.aws.account import Account, explained
from meteolake.errors import CloudError, ConfigError
from meteolake.lake import access

_OF_THE_MACHINE = {"env", "iam-role", "container-role"}


@dataclass
class _HandedOn:
    """Puts credentials into the environment, renewed by the SDK where their end is near; gives the key's id."""

    credentials: Any
    key_id: str = ""

    def __call__(self) -> str:
        with explained("sts:GetSessionToken", f"credentials by {self.credentials.method}"):
            frozen = self.credentials.get_frozen_credentials()
        if self.key_id != frozen.access_key:
            self.key_id = frozen.access_key
            os.environ |= {
                "AWS_ACCESS_KEY_ID": frozen.access_key,
                "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
                "AWS_SESSION_TOKEN": frozen.token or "",
            }
        return self.key_id


def reach(account: Account, bucket: str) -> None:
    """Let everything in this process reach a bucket as the account does.

    Raises:
        CloudError: there are no credentials or no such bucket, or AWS refuses.
        ConfigError: the bucket lies in another region.
    """
    _ask(account, bucket)
    os.environ["AWS_REGION"] = account.region
    if account.endpoint_url:
        os.environ |= {"AWS_ENDPOINT_URL": account.endpoint_url, "AWS_ALLOW_HTTP": "true"}
    hand_on(account)


def hand_on(account: Account) -> None:
    """Hand on the account's credentials, now and whenever a store is opened after they were renewed.

    Raises:
        CloudError: they have ended and cannot be renewed.
    """
    credentials = account.session.get_credentials()
    if credentials.method not in _OF_THE_MACHINE or account.profile:
        access.renew_by(_HandedOn(credentials))
        access.renewed()


def _ask(account: Account, bucket: str) -> None:
    from botocore.exceptions import ClientError

    with explained("s3:ListBucket", f"bucket {bucket}"):
        try:
            found = account.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            if (status := error.response["ResponseMetadata"]["HTTPStatusCode"]) == 404:
                raise CloudError(
                    f"There is no bucket {bucket}: correct [lake] path, or make it with `meteolake aws deploy`."
                ) from error
            if status == 403:  # an answer to HEAD has no text that says why
                account.client("sts").get_caller_identity()  # expired and unknown credentials are named as such
                raise CloudError(
                    f"s3:ListBucket on bucket {bucket}: permission is missing. "
                    "`meteolake aws preflight` prints the statement that grants it."
                ) from error
            raise
    region = found["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", account.region)
    if region != account.region:
        raise ConfigError(f"[aws] region = {account.region!r}: bucket {bucket} lies in {region}. Set region to that.")
