"""What an object store said when it refused, and what to do about it."""

import re

_REMEDIES = {
    "NoSuchBucket": "There is no such bucket: correct [lake] path, or make it with `meteolake aws deploy`.",
    "AccessDenied": "A permission is missing: `meteolake aws preflight` prints the statement that grants it.",
    "ExpiredToken": "The AWS credentials have expired. Renew them and run again: it goes on where it was.",
    "InvalidAccessKeyId": "AWS does not know these credentials: check the profile under [aws].",
    "SignatureDoesNotMatch": "AWS does not know these credentials: check the profile under [aws].",
    "PermanentRedirect": "The bucket lies in another region: set region under [aws].",
    "AuthorizationHeaderMalformed": "The bucket lies in another region: set region under [aws].",
    "SlowDown": "S3 asked to slow down for longer than it was waited. Run again in some minutes.",
}
_SIGNS = {"403 Forbidden": "AccessDenied", "incorrectly configured region": "PermanentRedirect"}
_CODE = re.compile(r"<Code>(\w+)</Code>")


def reason(error: Exception) -> str:
    """Why a store refused, in a sentence or two; for what has no remedy of its own, its first line."""
    said = str(error)
    code = found[1] if (found := _CODE.search(said)) else next((_SIGNS[sign] for sign in _SIGNS if sign in said), "")
    if code in _REMEDIES:
        return f"{code}. {_REMEDIES[code]}"
    return said.split("\n", 1)[0].rstrip(".") + ". Check path and permissions."
