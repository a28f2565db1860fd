"""Documents in a bucket."""

from meteolake.aws.account import Account, code, explained


class Documents:
    """The objects of a bucket, to be read."""

    def __init__(self, account: Account, bucket: str) -> None:
        self._bucket = bucket
        self.client = account.client("s3")

    def find(self, path: str) -> bytes | None:
        """A document's bytes, or None where there is no such document.

        Raises:
            CloudError: the bucket cannot be read.
        """
        from botocore.exceptions import ClientError

        with explained("s3:GetObject", f"{self._bucket}/{path}"):
            try:
                found: bytes = self.client.get_object(Bucket=self._bucket, Key=path)["Body"].read()
            except ClientError as error:
                if code(error) == "NoSuchKey":
                    return None
                raise
            return found
