"""`meteolake report`: the lake as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import display, out, print_json


def report(
    file: Annotated[Path, typer.Argument(help="Where to write the page.")] = Path("report.html"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write a report of the lake as one HTML page.

    Coverage and gaps, distributions, seasonal cycles, records, correlations, trends, climate extremes, the archive's
    bias, forecast skill, and what the quality rules found. The page needs no network.
    """
    from meteolake.capture.exchange import utc_now
    from meteolake.cli.lake_location import loaded, zones
    from meteolake.errors import PublishError
    from meteolake.publish.report import report_page

    if not file.parent.is_dir():
        raise PublishError(f"{file} cannot be written: there is no folder {file.parent}. Choose another path.")
    with display(is_quiet=json) as shown:
        page = report_page(zones(loaded(config)), utc_now(), lambda section: shown.doing(f"report: {section}"))
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise PublishError(f"{file} cannot be written: {error.strerror}. Choose another path.") from error
    if json:
        print_json({"file": str(file), "bytes": len(page.encode())})
    else:
        out.print(f"Wrote {file} ({len(page.encode()) / 1e6:.1f} MB).")
