"""`meteolake aws`: the stack on Amazon Web Services, what it costs, what runs there."""

import typer

from meteolake.cli.aws.ps import ps
from meteolake.cli.aws.stop import stop

aws = typer.Typer(
    name="aws",
    help="Run the lake on Amazon Web Services.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
aws.command("ps")(ps)
aws.command("stop")(stop)
