"""An AWS account on this machine, empty for each test."""

from collections.abc import Iterator

import pytest
from moto.moto_api._internal.models import moto_api_backend
from tests.aws.loopback import ACCOUNT, CREDENTIALS, REGION, running
from tests.aws.mended import FORBIDDEN

from meteolake.aws.account import Account
from meteolake.aws.names import Names
from meteolake.aws.stack import Stack


@pytest.fixture(scope="session")
def moto_account() -> Iterator[Account]:
    """An account at a server of our own on a free port."""
    with pytest.MonkeyPatch.context() as patch, running() as account:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield account


@pytest.fixture
def account(moto_account: Account) -> Account:
    """An empty account."""
    moto_api_backend.reset()
    return moto_account


@pytest.fixture
def forbidden() -> Iterator[set[str]]:
    """Actions that the caller may not take."""
    yield FORBIDDEN
    FORBIDDEN.clear()


@pytest.fixture
def names() -> Names:
    """The names of the stack under test."""
    return Names("meteolake", ACCOUNT, REGION)


@pytest.fixture
def stack(account: Account) -> Stack:
    """The stack under test, before it is deployed."""
    return Stack(account, "meteolake", poll_seconds=0)
