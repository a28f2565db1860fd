"""Code on its way to the work bucket: under keys of its content, so that what is there is not sent again."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from meteolake.aws.account import Account, code, explained


@dataclass(frozen=True)
class Upload:
    """A file and the key that it gets; what is dear to make is made when the bucket turns out to lack it."""

    key: str
    path: Path
    make: Callable[[Path], object] = lambda path: path

    @classmethod
    def of(cls, path: Path) -> "Upload":
        """A file under the digest of its content."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(f"code/{digest}/{path.name}", path)

    @classmethod
    def made_of(cls, what: str, path: Path, make: Callable[[Path], object]) -> "Upload":
        """A file that is still to be written, under the digest of what it will be made of."""
        return cls(f"code/{hashlib.sha256(what.encode()).hexdigest()}/{path.name}", path, make)


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


def send(account: Account, bucket: str, uploads: Iterable[Upload]) -> list[Upload]:
    """Send what is not there yet; return what was sent.

    Raises:
        CloudError: the bucket cannot be written.
    """
    client = account.client("s3")
    sent = []
    for upload in uploads:
        if not has(account, bucket, upload.key):
            upload.make(upload.path)
            with explained("s3:PutObject", f"{bucket}/{upload.key}"):
                client.upload_file(str(upload.path), bucket, upload.key)
            sent.append(upload)
    return sent
