"""`meteolake aws`: the stack on Amazon Web Services, what it costs, what runs there."""

import typer

from meteolake.cli.aws.cost import cost
from meteolake.cli.aws.deploy import deploy
from meteolake.cli.aws.destroy import destroy
from meteolake.cli.aws.preflight import preflight
from meteolake.cli.aws.ps import ps
from meteolake.cli.aws.stop import stop
from meteolake.cli.aws.tables import tables

aws = typer.Typer(
    name="aws",
    help="Run the lake on Amazon Web Services.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

for command in (deploy, preflight, cost, ps, stop, tables, destroy):
    aws.command()(command)
