"""The command line: `meteolake COMMAND`. Errors go to stderr as one message; the traceback is shown with --debug.

Commands import what they need when they run, so that help and a run with nothing to do are quick.
"""

import sys
from typing import Annotated

import typer

from meteolake import __version__
from meteolake.cli.aws import aws
from meteolake.cli.capture import capture
from meteolake.cli.demo import demo
from meteolake.cli.forecast import forecast
from meteolake.cli.init import init
from meteolake.cli.keys import keys
from meteolake.cli.load_observations import load_observations
from meteolake.cli.maintain import maintain
from meteolake.cli.output import err, print_error
from meteolake.cli.quality import quality
from meteolake.cli.report import report
from meteolake.cli.run import run
from meteolake.cli.serve import serve
from meteolake.cli.simulate import simulate
from meteolake.cli.sites import sites
from meteolake.cli.sql import sql
from meteolake.cli.status import status
from meteolake.errors import ConfigError, MeteolakeError

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    name="meteolake",
    help="A weather data lake that one command fills and one command serves.",
    epilog="First steps: `meteolake demo`, then `meteolake serve`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


for command in (demo, init, run, capture, status, quality, report, sql, serve, maintain):
    app.command()(command)
app.command("load-observations")(load_observations)
app.add_typer(keys, name="keys")
app.add_typer(sites, name="sites")
app.add_typer(forecast, name="forecast")
app.add_typer(simulate, name="simulate")
app.add_typer(aws, name="aws")


def main() -> None:
    """Run the command line and exit with 0 done, 1 failed, 2 wrong usage."""
    try:
        app(prog_name="meteolake")
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        sys.exit(_told(error))
    except SystemExit as ended:  # what Typer makes of an interruption, among others
        if ended.code == INTERRUPTED:
            err.print("Stopped. What was committed stays; the next run goes on from there.")
        raise


def _told(error: Exception) -> int:
    """Tell an error without its traceback, and with which code to exit."""
    if isinstance(error, MeteolakeError):
        print_error("Error", error)
        for note in getattr(error, "__notes__", ()):
            err.print(note)
        return WRONG_USAGE if isinstance(error, ConfigError) else FAILED
    if isinstance(error, OSError):  # the machine's: a full disk, say
        label, reason = "Error", f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    else:  # a fault of ours: one line for the user, the rest for who mends it
        label, reason = "Unexpected error", f"{type(error).__name__}: {error}"
    print_error(label, f"{reason}. `meteolake --debug …` shows where.")
    return FAILED
