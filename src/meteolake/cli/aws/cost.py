"""`meteolake aws cost`: what it would cost, before it does."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import err, out, print_json, table

if TYPE_CHECKING:
    from meteolake.aws.cost import Compute, Estimate, Line


def cost(
    sites: Annotated[int, typer.Option(min=1, help="How many sites.")] = 100,
    years: Annotated[float, typer.Option(min=0.1, help="How many years of history.")] = 15,
    on: Annotated[
        Literal["emr-serverless", "emr", "emr-spot"] | None, typer.Option("--on", help="One kind of compute only.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Estimate what a first run and a month cost on AWS.

    A month holds a daily run, storage, requests, the API and the alarms. Machines and limits are those of the
    configuration; prices are Amazon's list prices in us-east-1, out of a table with its date. Nothing is asked of AWS.
    What is assumed stands below the estimate; after each run, its report says what it really took.
    """
    from meteolake.aws.cost import ASSUMPTIONS, Size, estimate
    from meteolake.aws.prices import prices
    from meteolake.cli.lake_location import loaded

    aws = loaded(config).aws
    size = Size(
        sites,
        years,
        aws.emr_serverless.most_vcpus,
        aws.emr_serverless.most_memory_gb,
        aws.emr.primary_type,
        aws.emr.core_type,
        aws.emr.core_count,
    )
    kinds: list[Compute] = [on] if on else ["emr-serverless", "emr", "emr-spot"]
    estimates = [estimate(kind, size) for kind in kinds]
    listed = prices()
    if json:
        print_json(
            {
                "region": listed.region,
                "date": listed.date,
                "estimates": [_as_json(each) for each in estimates],
                "assumptions": ASSUMPTIONS,
                "sources": listed.sources,
            }
        )
        return
    for each in estimates:
        _show(each, sites, years)
    for assumption in ASSUMPTIONS:
        out.print(f"- {assumption}")
    out.print(f"\nList prices in {listed.region} of {listed.date}, in US dollars.")
    if aws.region != listed.region:
        err.print(f"Your region is {aws.region}, where prices differ.")


def _as_json(each: "Estimate") -> dict[str, object]:
    return {**asdict(each), "first_run_usd": each.first_run_usd, "month_usd": each.month_usd}


def _show(each: "Estimate", sites: int, years: float) -> None:
    columns = ("", "item", "quantity", "unit", "USD")
    rows = [
        *_rows("first run", each.first_run),
        ("", "together", "", "", f"{each.first_run_usd:.2f}"),
        *_rows("a month", each.month),
        ("", "together", "", "", f"{each.month_usd:.2f}"),
    ]
    table(f"{each.compute}: {sites:,} sites, {years:g} years", columns, rows, right=("quantity", "USD"))


def _rows(label: str, lines: "Sequence[Line]") -> list[tuple[str, str, str, str, str]]:
    return [(label, line.what, f"{line.quantity:,.2f}", line.unit, f"{line.usd:.2f}") for line in lines]
