"""`meteolake aws ps`: what of this lake costs money now."""

from dataclasses import asdict

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import out, print_json, table


def ps(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List everything of this lake that costs money now.

    That is clusters of EMR, the application of EMR Serverless while it is started, and its jobs, whichever run started
    them. `meteolake aws stop` ends them.
    """
    from meteolake.cli.aws.compute import KINDS, compute
    from meteolake.cli.lake_location import loaded

    configured = loaded(config)
    found = [running for on in KINDS for running in compute(configured, on).running()]
    if json:
        print_json([asdict(running) for running in found])
    elif found:
        rows = [(each.kind, each.id, each.state, each.run_id, each.started_at, each.machines) for each in found]
        table("", ("what", "id", "state", "run", "since", "of"), rows)
    else:
        out.print("Nothing of this lake is running.")
