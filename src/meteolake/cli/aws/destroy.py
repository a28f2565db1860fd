"""`meteolake aws destroy`: remove the stack, and the data only when its name is given."""

import sys
from typing import Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import err, out, print_json
from meteolake.errors import ConfigError


def destroy(
    config: ConfigOption = None,
    json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove the stack without asking; the data stays.")] = False,
    data: Annotated[
        bool, typer.Option("--data", help="Remove the data, too, after its bucket's name is typed.")
    ] = False,
    confirm: Annotated[
        str, typer.Option("--confirm", help="The name of the data's bucket, instead of typing it.")
    ] = "",
) -> None:
    """Remove the stack from AWS.

    Code, logs and public documents go; the lake's bucket stays with every version of every object, and the next
    `meteolake aws deploy` uses it again. With --data it goes, too, once its name has been typed or given with
    --confirm; that cannot be undone. Permissions are checked first.
    """
    from meteolake.aws.destroy import destroy as destroy_stack
    from meteolake.aws.destroy import destroy_data
    from meteolake.aws.stack import Stack
    from meteolake.cli.aws.account import account
    from meteolake.cli.aws.checks import ensure_allowed
    from meteolake.cli.lake_location import loaded

    configured = loaded(config)
    reached = account(configured)
    names = ensure_allowed(configured, reached, "destroy", is_json=json).names
    if data:
        _ask_for_name(names.lake_bucket, confirm, json)
    _ask(names.stack, yes, json)
    tell = (lambda text: None) if json or not err.is_terminal else (lambda text: err.print(text, style="dim"))
    gone = destroy_stack(Stack(reached, names.stack), names, tell)
    objects = destroy_data(reached, names, tell) if data else None
    if json:
        print_json({"removed": gone, "data": names.lake_bucket, "is_data_removed": data, "objects": objects})
        return
    out.print(f"Removed: {', '.join(gone)}." if gone else f"There is no stack {names.stack}.")
    if data:
        out.print(f"The data is gone: {names.lake_bucket} with {objects or 0:,} objects and versions.")
    else:
        out.print(f"The data stays in {names.lake_bucket}.")


def _ask(stack: str, yes: bool, json: bool) -> None:
    if yes:
        return
    if json or not sys.stdin.isatty():
        raise ConfigError("Say --yes to remove the stack unasked.")
    typer.confirm(f"Remove stack {stack} with code, logs and public documents?", abort=True, err=True)


def _ask_for_name(bucket: str, confirm: str, json: bool) -> None:
    if not confirm and not json and sys.stdin.isatty():
        err.print(f"This removes all data in {bucket}, with every version. It cannot be undone.")
        confirm = typer.prompt("Type the bucket's name", err=True)
    if confirm != bucket:
        raise ConfigError(f"--data removes {bucket} for good: say --confirm {bucket}. Nothing was removed.")
