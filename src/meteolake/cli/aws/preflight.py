"""`meteolake aws preflight`: whether AWS would allow what a command does."""

from typing import Annotated, Literal

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import print_json


def preflight(
    purpose: Annotated[Literal["deploy", "run", "destroy"], typer.Option("--for", help="Which command.")] = "deploy",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check whether AWS would allow what a command does.

    Nothing is made or changed. Credentials, each action on its resource, names that are taken and quotas are checked;
    what IAM does not tell is *unknown*, which stops nothing. Below the table stands the policy that would grant what is
    missing, for your administrator to attach.

    The exit code is 1 when something is denied that the command cannot do without.
    """
    from meteolake.cli.aws.account import account
    from meteolake.cli.aws.checks import checks, show
    from meteolake.cli.lake_location import loaded

    configured = loaded(config)
    checked = checks(configured, account(configured), purpose)
    if json:
        print_json(checked.as_json())
    else:
        show(checked)
    if checked.is_fatal:
        raise typer.Exit(1)
