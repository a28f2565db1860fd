"""`meteolake run`: bring the lake up to date."""

from typing import TYPE_CHECKING, Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import display, out, print_error, print_json, summary

if TYPE_CHECKING:
    from meteolake.pipeline.report import Report


def run(
    config: ConfigOption = None,
    json: JsonOption = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make all tables anew from the raw objects.")] = False,
) -> None:
    """Bring the lake up to date.

    Capture what is new, refine it, forecast, and publish: only what is missing. Running again with nothing new changes
    nothing. A run that was stopped anywhere is finished by the next one.

    With --rebuild every table is made anew from the raw objects, which gives the same tables; the forecasts that were
    issued are kept.

    The exit code is 1 when a site or a stage failed; the others are done all the same.
    """
    from meteolake.cli.lake_location import loaded
    from meteolake.cli.settings import settings
    from meteolake.pipeline.run import run as run_pipeline

    prepared = settings(loaded(config), is_rebuild=rebuild)
    with display(is_quiet=json) as shown:
        report = run_pipeline(prepared, shown)
    if json:
        print_json(report.as_json())
    else:
        show(report)
    fail_on_problems(report)


def show(report: "Report") -> None:
    """The run stage by stage, or in one line where there was nothing to do."""
    if report.is_up_to_date:
        out.print(f"Nothing to do: the lake is up to date ({report.seconds:.1f} s).")
        return
    for stage in report.stages:
        out.print(f"{stage.seconds:6.1f} s  {stage.name}: {summary(stage)}", soft_wrap=True)


def fail_on_problems(report: "Report") -> None:
    """Name the sites or outputs that failed while the others went on, and exit with 1 if there are any."""
    for problem in report.problems:
        print_error("Failed", problem)
    if report.problems:
        raise typer.Exit(1)
