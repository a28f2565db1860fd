"""`meteolake maintain`: upkeep of the lake."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import display, out, print_json, table

if TYPE_CHECKING:
    from meteolake.lake.maintenance import Upkeep


def maintain(
    config: ConfigOption = None,
    json: JsonOption = False,
    keep_days: Annotated[
        int, typer.Option(min=1, help="For how many days old versions of the tables can still be read.")
    ] = 30,
    minutes: Annotated[float, typer.Option(min=0, help="No further table is begun after so many minutes.")] = 30,
) -> None:
    """Compact tables and remove what nothing needs any more.

    Small files become large ones, files of versions older than --keep-days are removed, long logs get a checkpoint, and
    raw objects that a run left behind when it died are removed. Tables with the most files come first, so that what
    does not fit into --minutes is the first of the next time. Harmless at any time; once a week is plenty.
    """
    from datetime import timedelta

    from meteolake.capture.exchange import utc_now
    from meteolake.cli.lake_location import loaded, zones
    from meteolake.lake import lease, tables
    from meteolake.lake.inventory import remove_orphans
    from meteolake.lake.maintenance import maintain as keep_up
    from meteolake.lake.objects import Objects
    from meteolake.pipeline.report import new_run_id
    from meteolake.tables import TABLES

    lake = zones(loaded(config))
    tables.insist_on_lake(lake)
    done, there = [], sum(tables.exists(lake, each) for each in TABLES)
    with lease.hold(Objects(lake.raw), new_run_id(utc_now())), display(is_quiet=json) as shown:
        for upkeep in keep_up(lake, timedelta(days=keep_days), timedelta(minutes=minutes)):
            shown.doing(f"maintained {upkeep.table}")
            done.append(upkeep)
        orphans = remove_orphans(lake)
    if json:
        print_json({"tables": [asdict(upkeep) for upkeep in done], "left": there - len(done), "orphans": orphans})
        return
    _show(done)
    if there > len(done):
        out.print(
            f"{there - len(done)} tables were not reached within {minutes:g} minutes: the next time begins with them."
        )
    out.print(f"{orphans} raw objects without a ledger row were removed.")


def _show(done: "Sequence[Upkeep]") -> None:
    rows = [
        (each.table, each.files_before, each.files_after, each.removed, "new" if each.has_checkpoint else "")
        for each in done
    ]
    columns = ("table", "files before", "after", "removed", "checkpoint")
    table("Maintained", columns, rows, right=columns[1:4])
