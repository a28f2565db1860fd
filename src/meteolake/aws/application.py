"""The EMR Serverless application, which CloudFormation changes and deletes only when it is stopped."""

import time
from typing import Any

from meteolake.aws.account import Account, code, explained
from meteolake.errors import CloudError

_AT_WORK = ["SUBMITTED", "PENDING", "SCHEDULED", "QUEUED", "RUNNING", "CANCELLING"]


def stop(account: Account, application_id: str, poll_seconds: float = 3.0) -> None:
    """Stop the application and wait for it; one that is not there is stopped enough.

    Raises:
        CloudError: jobs are at work in it, or AWS refuses.
    """
    client = account.client("emr-serverless")
    with explained("emr-serverless:StopApplication", application_id):
        if _state(client, application_id) in (None, "CREATED", "STOPPED", "TERMINATED"):
            return
        if running := client.list_job_runs(applicationId=application_id, states=_AT_WORK)["jobRuns"]:
            raise CloudError(
                f"EMR Serverless application {application_id} is at work on {len(running)} job(s): wait for the run, "
                "or end it with `meteolake aws stop`."
            )
        client.stop_application(applicationId=application_id)
        while _state(client, application_id) == "STOPPING":
            time.sleep(poll_seconds)


def _state(client: Any, application_id: str) -> str | None:
    from botocore.exceptions import ClientError

    try:
        return str(client.get_application(applicationId=application_id)["application"]["state"])
    except ClientError as error:
        if code(error) == "ResourceNotFoundException":
            return None
        raise
