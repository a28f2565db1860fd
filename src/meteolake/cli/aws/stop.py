"""`meteolake aws stop`: end what of this lake costs money."""

from dataclasses import asdict

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import out, print_json


def stop(config: ConfigOption = None, json: JsonOption = False) -> None:
    """End everything of this lake that costs money, whichever run started it.

    Clusters are terminated, jobs cancelled, the application of EMR Serverless is stopped. Tables that were being made
    stay as they were; the next run makes them.
    """
    from meteolake.aws.watch import end_all
    from meteolake.cli.aws.compute import KINDS, compute, patience
    from meteolake.cli.lake_location import loaded, zones
    from meteolake.lake import away
    from meteolake.lake.objects import Objects

    configured = loaded(config)
    lake = zones(configured)
    ended = [each for on in KINDS for each in end_all(compute(configured, on), patience(configured))]
    away.come_home(Objects(lake.raw))
    if json:
        print_json([asdict(each) for each in ended])
    else:
        for each in ended:
            out.print(f"Ended {each.kind} {each.id}.")
        out.print("Nothing of this lake is running.")
