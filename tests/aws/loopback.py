"""An AWS on loopback, by moto: what a test needs to reach it."""

import contextlib
import json
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from meteolake.aws.account import Account

REGION = "us-east-1"
STACK = "my-lake"
DATABASES = {"raw": "my_lake_raw", "trusted": "my_lake_trusted", "refined": "my_lake_refined"}


@contextlib.contextmanager
def running() -> Iterator[Account]:
    """A server of its own on a free port; its state ends with it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Account(REGION, endpoint_url=f"http://{host}:{port}")
    finally:
        server.stop()


def reachable(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK and the stores of this process reach the server."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": account.endpoint_url,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)


@contextlib.contextmanager
def deployed(account: Account) -> Iterator[None]:
    """A stack that has outputs, with its Glue databases and its workgroup."""
    outputs = {"LakeBucket": "lake", "WorkBucket": "work", "PublicBucket": "public", "AthenaWorkgroup": STACK}
    outputs |= {"EmrServiceRole": "r", "EmrInstanceProfile": "p"}
    outputs |= {f"GlueDatabase{zone.title()}": name for zone, name in DATABASES.items()}
    template = {
        "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    clouds, glue, athena = (account.client(service) for service in ("cloudformation", "glue", "athena"))
    clouds.create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    configuration = {"ResultConfiguration": {"OutputLocation": "s3://work/athena/"}}
    athena.create_work_group(Name=STACK, Configuration=configuration)
    for name in DATABASES.values():
        glue.create_database(DatabaseInput={"Name": name})
    yield
    for name in DATABASES.values():
        glue.delete_database(Name=name)
    athena.delete_work_group(WorkGroup=STACK, RecursiveDeleteOption=True)
    clouds.delete_stack(StackName=STACK)
