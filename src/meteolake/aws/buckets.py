"""Buckets: whether one is there, and emptying it with all its versions."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from itertools import islice
from typing import Any

from meteolake.aws.account import Account, code, explained
from meteolake.errors import CloudError

MOST_KEYS = 1000  # of one DeleteObjects


class Existence(Enum):
    """Whether a name is free, a bucket of this account and region, or somebody else's."""

    FREE = "free"
    OURS = "ours"
    ELSEWHERE = "elsewhere"


def existence(account: Account, bucket: str) -> Existence:
    """Whether there is a bucket of this name, and whose.

    Raises:
        CloudError: S3 cannot be reached.
    """
    from botocore.exceptions import ClientError

    with explained("s3:ListBucket", bucket):
        try:
            account.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            if code(error) in ("404", "NoSuchBucket"):
                return Existence.FREE
            if code(error) in ("403", "301", "AccessDenied", "PermanentRedirect"):
                return Existence.ELSEWHERE
            raise
    return Existence.OURS


def empty(account: Account, bucket: str, tell: Callable[[int], None] = lambda removed: None) -> int:
    """Remove all objects, old versions and unfinished uploads of a bucket; return how many objects and versions.

    Args:
        account: the account.
        bucket: the bucket.
        tell: is told how many are gone, batch after batch.

    Raises:
        CloudError: something may not be removed.
    """
    client = account.client("s3")
    removed = 0
    with explained("s3:DeleteObjectVersion", bucket):
        for batch in batches(_versions(client, bucket)):
            answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            if refused := answer.get("Errors"):
                first = refused[0]
                raise CloudError(f"s3:DeleteObjectVersion on {bucket}/{first['Key']}: {first['Message']}.")
            removed += len(batch)
            tell(removed)
        for upload in _uploads(client, bucket):
            client.abort_multipart_upload(Bucket=bucket, **upload)
    return removed


def remove(account: Account, bucket: str) -> None:
    """Remove an empty bucket."""
    with explained("s3:DeleteBucket", bucket):
        account.client("s3").delete_bucket(Bucket=bucket)


def batches(items: Iterable[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """Items in lists of a thousand at most, none of them empty."""
    iterator = iter(items)
    while batch := list(islice(iterator, MOST_KEYS)):
        yield batch


def _versions(client: Any, bucket: str) -> Iterator[dict[str, str]]:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield {"Key": version["Key"], "VersionId": version["VersionId"]}


def _uploads(client: Any, bucket: str) -> Iterator[dict[str, str]]:
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", ()):
            yield {"Key": upload["Key"], "UploadId": upload["UploadId"]}
