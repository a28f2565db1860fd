"""The drivers' logs in the work bucket, where EMR brings them some minutes late."""

import gzip
from typing import Any

from meteolake.aws.account import code, explained

_LAST_LINES = 200


def lines(s3: Any, folder: str) -> list[str]:
    """The last lines of a driver: what Spark said, then what our code did, which spark-submit passes on as stdout."""
    bucket, prefix = folder.removeprefix("s3://").split("/", 1)
    return [
        line
        for name in ("stderr.gz", "stdout.gz")
        for line in _text(s3, bucket, f"{prefix}/{name}").splitlines()[-_LAST_LINES:]
    ]


def _text(s3: Any, bucket: str, key: str) -> str:
    """A gzipped text, empty where it has not come yet."""
    from botocore.exceptions import ClientError

    with explained("s3:GetObject", f"s3://{bucket}/{key}"):
        try:
            body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if code(error) == "NoSuchKey":
                return ""
            raise
    return gzip.decompress(body).decode(errors="replace")
