"""The EMR Serverless application, which CloudFormation changes and deletes only when it is stopped."""

import time

from meteolake.aws.account import Account, code, explained
from meteolake.errors import CloudError

_AT_WORK = ["SUBMITTED", "PENDING", "SCHEDULED", "QUEUED", "RUNNING", "CANCELLING"]


def stop(account: Account, application_id: str, poll_seconds: float = 3.0) -> None:
    """Stop the application and wait for it; one that is not there is stopped enough.

    Raises:
        CloudError: jobs are at work in it, or AWS refuses.
    """
    from botocore.exceptions import ClientError

    client = account.client("emr-serverless")
    with explained("emr-serverless:StopApplication", application_id):
        try:
            running = client.list_job_runs(applicationId=application_id, states=_AT_WORK)["jobRuns"]
            if running:
                raise CloudError(
                    f"EMR Serverless application {application_id} is at work on {len(running)} job(s): wait for the "
                    "run, or end it with `meteolake aws stop`."
                )
            if client.get_application(applicationId=application_id)["application"]["state"] == "CREATED":
                return
            client.stop_application(applicationId=application_id)
            while client.get_application(applicationId=application_id)["application"]["state"] == "STOPPING":
                time.sleep(poll_seconds)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
