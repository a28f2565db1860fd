"""The account that the configuration names."""

from meteolake.aws.account import Account
from meteolake.config import Config


def account(config: Config) -> Account:
    """Where AWS is reached, and as whom."""
    return Account(config.aws.region, config.aws.profile, config.aws.endpoint_url)
