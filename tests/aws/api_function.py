"""The API's function as Lambda runs it: a clean process, and events as API Gateway makes them."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.aws.loopback import REGION

from meteolake.aws.account import Account
from meteolake.aws.api_package import HANDLER

Ask = Callable[[str], dict[str, Any]]


def event(url: str, method: str = "GET") -> dict[str, Any]:
    """What API Gateway makes of a request to a REST API with a proxy integration."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return {
        "resource": "/{proxy+}",
        "path": parts.path,
        "httpMethod": method,
        "headers": {"Accept": "*/*", "Host": "abcdefghij.execute-api.us-east-1.amazonaws.com", "X-API-Key": "k"},
        "multiValueHeaders": {"Accept": ["*/*"]},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": many or None,
        "pathParameters": {"proxy": parts.path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": f"/prod{parts.path}",
            "stage": "prod",
            "requestId": "6f3c7e2a-1b0f-4c0a-9d53-0f0b0a1c2d3e",
            "identity": {"apiKey": "k", "sourceIp": "192.0.2.7"},
        },
        "body": None,
        "isBase64Encoded": False,
    }


@contextmanager
def function(packed: Path, sdk: Path, account: Account, folder: Path, bucket: str) -> Iterator[Ask]:
    """The function in a process that has its package and the SDK, and an environment as Lambda gives."""
    zipfile.ZipFile(packed).extractall(folder)
    program = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(sdk)!r}]; exec(sys.stdin.readline())"
    runtime = (Path(__file__).parent / "lambda_runtime.py").read_text(encoding="utf-8")
    environment = {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_ENDPOINT_URL": account.endpoint_url,
        "METEOLAKE_PUBLIC_BUCKET": bucket,
    }
    command = [sys.executable, "-I", "-S", "-c", program, HANDLER]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"exec({runtime!r})\n")
        process.stdin.flush()
        assert "seconds" in json.loads(process.stdout.readline())

        def ask(url: str, method: str = "GET") -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(event(url, method)) + "\n")
            process.stdin.flush()
            answered: dict[str, Any] = json.loads(process.stdout.readline())
            return answered

        try:
            yield ask
        finally:
            process.stdin.close()
