"""An AWS on loopback, by moto: what a test needs to start and reach it."""

import contextlib
import json
import logging
import os
from collections.abc import Iterator, Mapping

import pytest
from moto.server import ThreadedMotoServer
from tests.aws.mended import mend

from meteolake.aws.account import Account

REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}
STACK = "my-lake"
DATABASES = {"raw": "my_lake_raw", "trusted": "my_lake_trusted", "refined": "my_lake_refined"}


@contextlib.contextmanager
def running() -> Iterator[Account]:
    """A server of its own on a free port, in this process; its state ends with it."""
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    mend()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Account(REGION, endpoint_url=f"http://{host}:{port}")
    finally:
        server.stop()


def reachable(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK and the stores of this process reach the server."""
    reach = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": account.endpoint_url, "AWS_ALLOW_HTTP": "true"}
    for name, value in (CREDENTIALS | reach).items():
        monkeypatch.setenv(name, value)


def tell_outputs(account: Account, stack: str, outputs: Mapping[str, str]) -> None:
    """A stack of next to nothing, which tells the outputs that ours would."""
    template = {
        "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    account.client("cloudformation").create_stack(StackName=stack, TemplateBody=json.dumps(template))


@contextlib.contextmanager
def deployed(account: Account) -> Iterator[None]:
    """A stack that has outputs, with its Glue databases and its workgroup."""
    outputs = {"LakeBucket": "lake", "WorkBucket": "work", "PublicBucket": "public", "AthenaWorkgroup": STACK}
    outputs |= {"EmrServiceRole": "r", "EmrInstanceProfile": "p"}
    tell_outputs(account, STACK, outputs | {f"GlueDatabase{zone.title()}": name for zone, name in DATABASES.items()})
    glue, athena = account.client("glue"), account.client("athena")
    configuration = {"ResultConfiguration": {"OutputLocation": "s3://work/athena/"}}
    athena.create_work_group(Name=STACK, Configuration=configuration)
    for name in DATABASES.values():
        glue.create_database(DatabaseInput={"Name": name})
    yield
    for name in DATABASES.values():
        glue.delete_database(Name=name)
    athena.delete_work_group(WorkGroup=STACK, RecursiveDeleteOption=True)
    account.client("cloudformation").delete_stack(StackName=STACK)
