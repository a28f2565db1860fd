"""`meteolake aws deploy`: make or change the stack."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import err, out, print_json, table
from meteolake.errors import ConfigError

if TYPE_CHECKING:
    from meteolake.aws.change_set import ChangeSet
    from meteolake.aws.deploy import Deployment
    from meteolake.aws.outputs import Outputs


def deploy(
    config: ConfigOption = None,
    json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Make the changes without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the changes without making them.")] = False,
) -> None:
    """Make or change the stack on AWS.

    One CloudFormation stack holds the buckets, roles, EMR Serverless, Athena, the API, the schedule and the alarms.
    What would change is shown before it is done; running again with nothing new changes nothing. Permissions are
    checked first. What the account may not have and the lake can do without, such as the API, is left out.
    """
    from meteolake.aws.deploy import deploy as deploy_stack
    from meteolake.aws.needs import DISPENSABLE
    from meteolake.aws.outputs import outputs
    from meteolake.aws.stack import Stack
    from meteolake.cli.aws.account import account
    from meteolake.cli.aws.checks import ensure_allowed
    from meteolake.cli.aws.packages import packages
    from meteolake.cli.lake_location import loaded

    if not (yes or dry_run) and (json or not sys.stdin.isatty()):
        raise ConfigError("Say --yes to make changes unasked, or --dry-run to see them only.")
    configured = loaded(config)
    reached = account(configured)
    tell = _teller(is_quiet=json)
    tell("checking permissions")
    checked = ensure_allowed(configured, reached, "deploy", is_json=json)
    stack = Stack(reached, checked.names.stack)
    with tempfile.TemporaryDirectory(prefix="meteolake-") as folder:
        tell("collecting the code to send")
        given, uploads = packages(configured, config, reached, checked, Path(folder))
        agree = _agreement(json, yes, dry_run)
        done = deploy_stack(stack, checked.names, given, uploads, agree, tell)
    found = outputs(reached, stack.name) if done.outcome != "declined" else None
    if json:
        changes = [vars(each) for each in done.changes]
        left_out = sorted(checked.denied_features)
        print_json({**vars(done), "changes": changes, "left_out": left_out, "outputs": found and vars(found)})
        return
    for feature in sorted(checked.denied_features):
        out.print(f"Not allowed here, and left out: {DISPENSABLE[feature]}.")
    _show(done, found)


def _agreement(json: bool, yes: bool, dry_run: bool) -> Callable[["ChangeSet"], bool]:
    def agree(planned: "ChangeSet") -> bool:
        if not json:
            rows = [
                (each.action, each.resource, each.type, "made anew" if each.is_replaced else "")
                for each in planned.changes
            ]
            table("What changes", ("action", "resource", "type", ""), rows)
        if dry_run or yes:
            return not dry_run
        return typer.confirm("Make these changes?", err=True)

    return agree


def _show(done: "Deployment", found: "Outputs | None") -> None:
    if found is None:
        out.print("What was shown last was not made.")
        return
    out.print("The stack is up to date." if done.outcome == "unchanged" else f"Stack {found.stack} is deployed.")
    out.print(f'The lake lies in the stack\'s bucket: write path = "{found.lake_path}" under [lake].')
    if found.public_url:
        out.print(f"Public documents: {found.public_url}")
    if found.api_url:
        out.print(
            f"API: {found.api_url} (its key: aws apigateway get-api-key --include-value --api-key {found.api_key_id})"
        )
    out.print("Then: meteolake run --on emr-serverless")


def _teller(is_quiet: bool) -> Callable[[str], None]:
    """Tells on a terminal how it goes, a line at a time, since a question may come in between."""
    return (lambda text: None) if is_quiet or not err.is_terminal else (lambda text: err.print(text, style="dim"))
