"""From the configuration to the parameters of the stack's template."""

from meteolake.aws.spark_submit import release
from meteolake.config import Config


def parameters(config: Config) -> dict[str, str]:
    """What the template asks for and the configuration says.

    Raises:
        ConfigError: the jobs are not proved on the release that is configured.
    """
    aws = config.aws
    release(aws.emr_serverless.release)
    hour, minute = aws.schedule.at.split(":")
    return {
        "ServerlessRelease": aws.emr_serverless.release,
        "ServerlessMostVcpus": str(aws.emr_serverless.most_vcpus),
        "ServerlessMostMemoryGb": str(aws.emr_serverless.most_memory_gb),
        "ServerlessIdleMinutes": str(aws.emr_serverless.idle_minutes),
        "AthenaMostGb": str(aws.athena_most_gb),
        "HasPublicUrl": str(aws.has_public_url).lower(),
        "ApiRequestsPerSecond": str(aws.api.requests_per_second),
        "ApiRequestsPerDay": str(aws.api.requests_per_day),
        "ScheduleExpression": f"cron({int(minute)} {int(hour)} * * ? *)",
        "ScheduleCompute": aws.schedule.on,
        "StaleHours": str(aws.schedule.stale_hours),
        "AlertsEmail": aws.alerts_email,
        "MonthlyBudgetUsd": str(aws.monthly_budget_usd),
    }


def features(config: Config) -> set[str]:
    """What the configuration wants besides the lake, EMR and Athena."""
    wanted = {
        "public_url": config.aws.has_public_url,
        "api": config.aws.api.is_enabled,
        "schedule": config.aws.schedule.is_enabled,
        "alerts": bool(config.aws.alerts_email),
    }
    return {feature for feature, is_wanted in wanted.items() if is_wanted}
