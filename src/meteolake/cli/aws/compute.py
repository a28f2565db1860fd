"""From the configuration to what runs the steps on AWS."""

from meteolake import config
from meteolake.aws.compute import Compute
from meteolake.aws.emr import Emr
from meteolake.aws.emr_serverless import EmrServerless, Limits
from meteolake.aws.machines import Machines
from meteolake.aws.outputs import outputs
from meteolake.aws.spark_submit import release
from meteolake.aws.watch import Patience
from meteolake.cli.aws.account import account
from meteolake.errors import ConfigError

KINDS = ("emr", "emr-serverless")


def compute(configured: config.Config, on: str) -> Compute:
    """The compute of the stack that the configuration names.

    Raises:
        ConfigError: no such compute.
        CloudError: there is no such stack.
    """
    if on not in KINDS:
        raise ConfigError(f"--on {on}: choose one of here, {', '.join(KINDS)}.")
    reached = account(configured)
    stack = outputs(reached, configured.aws.stack)
    if on == "emr":
        return Emr(reached, stack, Machines(**configured.aws.emr.model_dump()))
    limits = Limits(**configured.aws.emr_serverless.model_dump(), step_minutes=configured.aws.step_minutes)
    return EmrServerless(reached, stack, limits)


def ensure_release(configured: config.Config, on: str) -> None:
    """Refuse a release before anything is captured for it.

    Raises:
        ConfigError: the jobs are not proved on the release that is configured.
    """
    release(configured.aws.emr.release if on == "emr" else configured.aws.emr_serverless.release)


def patience(configured: config.Config) -> Patience:
    """How long a step may take."""
    return Patience(step=configured.aws.step_minutes * 60.0)
