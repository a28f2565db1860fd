"""`meteolake aws`: the stack on Amazon Web Services, what it costs, what runs there."""

import typer

aws = typer.Typer(
    name="aws",
    help="Run the lake on Amazon Web Services.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
