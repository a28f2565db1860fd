"""The AWS account: clients with the SDK's standard retries, and errors that a user can act on."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from meteolake.errors import CloudError, ConfigError

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN_CALLER = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
_THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
_RENEW = "the AWS credentials have expired. Renew them (`aws sso login`) and run again: it goes on where it was."
_ACTION = re.compile(r"not authorized to perform:? ([\w-]+:\w+)")


@dataclass(frozen=True)
class Account:
    """Where AWS is reached, and as whom: a profile, or the SDK's usual credentials without one.

    Raises:
        ConfigError: Amazon's SDK is not installed.
    """

    region: str
    profile: str = ""
    endpoint_url: str = ""

    def __post_init__(self) -> None:
        if find_spec("boto3") is None:
            raise ConfigError("Amazon's SDK is missing: pip install 'meteolake[aws]'.")

    @cached_property
    def session(self) -> Any:
        """The SDK's session.

        Raises:
            ConfigError: there is no such profile.
        """
        import boto3
        from botocore.exceptions import ProfileNotFound

        try:
            return boto3.Session(region_name=self.region, profile_name=self.profile or None)
        except ProfileNotFound as error:
            raise ConfigError(f"[aws] profile = {self.profile!r}: {error}.") from error

    def client(self, service: str) -> Any:
        """A client of a service that retries what is worth it: throttling, time-outs, faults of the service."""
        return self._client(service, attempts=6)

    def client_without_retries(self, service: str) -> Any:
        """A client for calls that must not be made twice when an answer is lost."""
        return self._client(service, attempts=1)

    def _client(self, service: str, attempts: int) -> Any:
        from botocore.config import Config

        retries = {"mode": "standard", "total_max_attempts": attempts}
        config = Config(retries=retries, connect_timeout=10, read_timeout=60)
        return self.session.client(service, endpoint_url=self.endpoint_url or None, config=config)


@contextlib.contextmanager
def explained(action: str, resource: str) -> Iterator[None]:
    """Turn what the SDK raises in a block into an error that names action, resource and remedy.

    Args:
        action: as IAM writes it, such as `elasticmapreduce:RunJobFlow`.
        resource: what it is about, such as the name of a bucket.

    Raises:
        CloudError: the call failed, after the SDK's own retries.
    """
    from botocore import exceptions
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except NoCredentialsError as error:
        raise CloudError(
            f"{action} on {resource}: there are no AWS credentials. Run `aws configure` or `aws sso login`."
        ) from error
    except ClientError as error:
        raise CloudError(f"{action} on {resource}: {_reason(error.response['Error'], action)}") from error
    except (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.CredentialRetrievalError) as error:
        raise CloudError(f"{action} on {resource}: {_RENEW}") from error
    except BotoCoreError as error:
        raise CloudError(f"{action} on {resource}: {error}. Check the region and the network.") from error


def is_passing(error: CloudError) -> bool:
    """Whether what failed may go well when it is asked again later: no connection, or asked to slow down."""
    from botocore import exceptions

    cause = error.__cause__
    if isinstance(cause, exceptions.ClientError):
        return code(cause) in _THROTTLED
    return isinstance(cause, exceptions.ConnectionError | exceptions.HTTPClientError)


def code(error: Any) -> str:
    """The code that AWS gave an error of the SDK."""
    return str(error.response["Error"]["Code"])


def _reason(error: dict[str, str], action: str) -> str:
    """What AWS said, and what to do about it."""
    said = error.get("Message", "").rstrip(".")
    if error["Code"] in _DENIED:
        denied = _ACTION.search(said)
        missing = denied.group(1) if denied else action
        return (
            f"permission {missing} is missing ({said}). `meteolake aws preflight` prints the statement that grants it."
        )
    if error["Code"] in _EXPIRED:
        return _RENEW
    if error["Code"] in _UNKNOWN_CALLER:
        return f"AWS does not know these credentials ({said}). Check the profile and the region."
    if error["Code"] in _THROTTLED:
        return f"AWS asked to slow down, six times in a row ({said}). Run again in some minutes."
    return f"{said or error['Code']} ({error['Code']})."
