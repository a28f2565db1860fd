"""`meteolake aws tables`: the lake's tables in Athena."""

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import out, print_json


def tables(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Tell Athena of the lake's tables.

    Each table gets an entry in the stack's Glue databases, with the meaning of every column; entries that are as they
    should be stay untouched. A run does the same when `[publish] athena` is true.
    """
    from meteolake.aws.glue import register
    from meteolake.aws.outputs import outputs
    from meteolake.cli.aws.account import account
    from meteolake.cli.lake_location import loaded, zones

    configured = loaded(config)
    used = account(configured)
    changed = register(used, outputs(used, configured.aws.stack).glue_databases, zones(configured))
    if json:
        print_json({"changed": changed})
    elif changed:
        out.print(f"Changed: {', '.join(changed)}.")
    else:
        out.print("Athena knows every table already.")
