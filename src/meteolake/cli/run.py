"""`meteolake run`: bring the lake up to date."""

import signal
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import display, has_live_display, out, print_error, print_json, summary

if TYPE_CHECKING:
    from meteolake.config import Config
    from meteolake.pipeline.building import Build
    from meteolake.pipeline.report import Report


def run(
    config: ConfigOption = None,
    json: JsonOption = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make all tables anew from the raw objects.")] = False,
    on: Annotated[str, typer.Option("--on", help="Where the tables are made: here, emr, or emr-serverless.")] = "here",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what was captured; ask no source.")] = False,
) -> None:
    """Bring the lake up to date.

    Capture what is new, refine it, forecast, and publish: only what is missing. Running again with nothing new changes
    nothing. A run that was stopped anywhere is finished by the next one.

    With --rebuild every table is made anew from the raw objects, which gives the same tables; the forecasts that were
    issued are kept.

    With --on the tables are made on Amazon EMR, by machines that are started when something is due and end after it,
    also when the run fails or is stopped. Permissions are checked before anything is begun. Jobs that a run left there
    when it died are waited for first.

    The exit code is 1 when a site or a stage failed; the others are done all the same.
    """
    from meteolake.cli.lake_location import loaded
    from meteolake.cli.settings import settings
    from meteolake.pipeline.building import build
    from meteolake.pipeline.run import run as run_pipeline

    configured = loaded(config)
    prepared = settings(configured, is_rebuild=rebuild)
    building = build if on == "here" else _on_aws(configured, on, json)
    tell = partial(_tell, json)
    with display(is_quiet=json) as shown:
        report = run_pipeline(prepared, shown, building=building, captures=not resume, on_stop=tell)
    tell(report)
    if on != "here":
        _tell_published(configured)
    fail_on_problems(report)


def _on_aws(configured: "Config", on: str, json: bool) -> "Build":
    """What makes the tables on AWS; a signal to end is taken like Ctrl-C, so that nothing is left running."""
    from meteolake.cli.aws.account import account
    from meteolake.cli.aws.checks import ensure_allowed
    from meteolake.cli.aws.compute import compute, ensure_release, patience
    from meteolake.pipeline.on_aws import OnAws

    chosen = compute(configured, on)
    ensure_release(configured, on)
    ensure_allowed(configured, account(configured), "run", is_json=json)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return OnAws(chosen, patience(configured))


def _tell_published(configured: "Config") -> None:
    from meteolake.aws.freshness import tell_published
    from meteolake.cli.aws.account import account

    tell_published(account(configured), configured.aws.stack)


def _tell(json: bool, report: "Report") -> None:
    print_json(report.as_json()) if json else show(report)


def show(report: "Report") -> None:
    """The run stage by stage, or in one line where there was nothing to do; why it stopped is told as an error."""
    if report.is_up_to_date:
        out.print(f"Nothing to do: the lake is up to date ({report.seconds:.1f} s).")
        return
    if has_live_display():
        out.print(f"{report.seconds:.1f} s in all.")
        return
    for stage in report.done:
        out.print(f"{stage.seconds:6.1f} s  {stage.name}: {summary(stage)}", soft_wrap=True)


def fail_on_problems(report: "Report") -> None:
    """Name the sites or outputs that failed while the others went on, and exit with 1 if there are any."""
    for problem in report.problems:
        print_error("Failed", problem)
    if report.problems:
        raise typer.Exit(1)
