"""Documents in a bucket."""

from urllib.parse import urlsplit

from meteolake.aws.account import Account, code, explained


class Documents:
    """The objects below `s3://bucket/prefix`, to be read."""

    def __init__(self, account: Account, root: str) -> None:
        parts = urlsplit(root)
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".lstrip("/")
        self.client = account.client("s3")

    def find(self, path: str) -> bytes | None:
        """A document's bytes, or None where there is no such document.

        Raises:
            CloudError: the bucket cannot be read.
        """
        from botocore.exceptions import ClientError

        key = f"{self._prefix}{path}"
        with explained("s3:GetObject", f"{self._bucket}/{key}"):
            try:
                found: bytes = self.client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if code(error) == "NoSuchKey":
                    return None
                raise
            return found
