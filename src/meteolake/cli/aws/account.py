"""The account that the configuration names."""

from functools import cache

from meteolake.aws.account import Account
from meteolake.config import Config


def account(config: Config) -> Account:
    """Where AWS is reached, and as whom."""
    return _account(config.aws.region, config.aws.profile, config.aws.endpoint_url)


@cache
def _account(region: str, profile: str, endpoint_url: str) -> Account:
    """One for the process: another one would find what a lake's stores were handed, which is not renewed for it."""
    return Account(region, profile, endpoint_url)
