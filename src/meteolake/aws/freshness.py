"""The sign of life that the staleness alarm listens for."""

from meteolake.aws.account import Account, explained

NAMESPACE = "meteolake"
METRIC = "PublishedRuns"


def tell_published(account: Account, stack: str) -> None:
    """Tell CloudWatch that a run has published: to be called after every run on AWS, with news or without.

    Raises:
        CloudError: the metric cannot be written.
    """
    with explained("cloudwatch:PutMetricData", f"{NAMESPACE}/{METRIC}"):
        account.client("cloudwatch").put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {"MetricName": METRIC, "Dimensions": [{"Name": "Lake", "Value": stack}], "Value": 1.0, "Unit": "Count"}
            ],
        )
