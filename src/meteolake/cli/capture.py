"""`meteolake capture`: fill the raw zone alone, or see what that would take."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import display, out, print_json
from meteolake.cli.run import fail_on_problems, show

if TYPE_CHECKING:
    from meteolake.capture.schedule import Amount
    from meteolake.pipeline.settings import Settings


def capture(
    plan: Annotated[bool, typer.Option("--plan", help="Only tell what would be asked of the archive.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait when the budget is spent, however long.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Fill the raw zone alone.

    With `--plan` nothing is sent: you see how many requests are due, their weight, how long they would take within the
    free budget of the archive, and how much of it is left.

    When the budget is spent, the capture stops cleanly and says when to go on; with `--wait` it waits.
    """
    from meteolake.cli.lake_location import loaded
    from meteolake.cli.settings import settings
    from meteolake.pipeline.run import capture as capture_pipeline

    prepared = settings(loaded(config))
    if plan:
        _show_plan(prepared, json)
        return
    if wait:
        prepared = prepared.patient
    with display(is_quiet=json) as shown:
        report = capture_pipeline(prepared, shown)
    if json:
        print_json(report.as_json())
    else:
        show(report)
    fail_on_problems(report)


def _show_plan(prepared: "Settings", json: bool) -> None:
    from meteolake.pipeline.planning import plan_capture

    now = datetime.now(UTC)
    found, left = plan_capture(prepared, now)
    if json:
        shown = {**asdict(found.whole), **asdict(found), "done_at": found.done_at.isoformat(), "left": left}
        print_json({name: value for name, value in shown.items() if name != "whole"})
        return
    if not found.whole.requests:
        out.print("Nothing is due.")
        return
    out.print(f"Due: {_told(found.whole)}; {_duration((found.done_at - now).total_seconds() / 60)}.")
    if found.before_long_wait != found.whole:
        out.print(
            f"The budget allows {_told(found.before_long_wait)}, before a long wait, and {_told(found.today)}, today "
            f"(UTC); all are done by {found.done_at:%Y-%m-%d %H:%M} UTC.",
            soft_wrap=True,
        )
    for window, weight in left.items():
        out.print(f"Left this {window}: weight {weight:,.0f}")


def _told(amount: "Amount") -> str:
    return f"{amount.requests:,} request{'s' * (amount.requests != 1)}, weight {amount.weight:,.0f}"


def _duration(minutes: float) -> str:
    if minutes < 2:
        return "less than two minutes"
    return f"about {minutes:.0f} minutes" if minutes < 90 else f"about {minutes / 60:.1f} hours"
