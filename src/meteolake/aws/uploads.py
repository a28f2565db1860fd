"""Code on its way to the work bucket: under keys of its content, so that what is there is not sent again."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from meteolake.aws.account import Account, code, explained


@dataclass(frozen=True)
class Upload:
    """A file and the key that it gets."""

    key: str
    path: Path

    @classmethod
    def of(cls, path: Path) -> "Upload":
        """A file under the digest of its content."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(f"code/{digest}/{path.name}", path)


def has(account: Account, bucket: str, key: str) -> bool:
    """Whether the bucket is there and holds an object.

    Raises:
        CloudError: the bucket may not be read.
    """
    from botocore.exceptions import ClientError

    with explained("s3:GetObject", f"{bucket}/{key}"):
        try:
            account.client("s3").head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code(error) in ("404", "NoSuchKey", "NoSuchBucket"):
                return False
            raise
    return True


def send(account: Account, bucket: str, uploads: Iterable[Upload]) -> list[str]:
    """Send what is not there yet; return the keys that were sent.

    Raises:
        CloudError: the bucket cannot be written.
    """
    client = account.client("s3")
    sent = []
    for upload in uploads:
        if not has(account, bucket, upload.key):
            with explained("s3:PutObject", f"{bucket}/{upload.key}"):
                client.upload_file(str(upload.path), bucket, upload.key)
            sent.append(upload.key)
    return sent
