"""An account whose clients answer what the test says: for what moto cannot do. botocore checks both sides' shapes."""

from typing import Any

import boto3
from botocore.stub import Stubber

from meteolake.aws.account import Account


class StubbedAccount(Account):
    """Clients with a queue of expected calls and answers."""

    def stub(self, service: str) -> Stubber:
        """The queue of a service."""
        stubs: dict[str, Stubber] = self.__dict__.setdefault("stubs", {})
        if service not in stubs:
            client = boto3.client(service, self.region, aws_access_key_id="testing", aws_secret_access_key="testing")
            stubs[service] = Stubber(client)
            stubs[service].activate()
        return stubs[service]

    def client(self, service: str) -> Any:
        """The client whose answers are queued."""
        return self.stub(service).client

    def assert_all_was_asked(self) -> None:
        """Every queued answer was fetched."""
        for stub in self.__dict__.get("stubs", {}).values():
            stub.assert_no_pending_responses()
