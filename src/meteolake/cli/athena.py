"""Questions that Athena answers: `meteolake sql --on athena`."""

from typing import TYPE_CHECKING

from meteolake.cli.aws.account import account
from meteolake.cli.output import err
from meteolake.config import Config
from meteolake.errors import CloudError

if TYPE_CHECKING:
    import pyarrow as pa


def ask(configured: Config, statement: str) -> "pa.Table":
    """The answer to a statement; what it cost is told on stderr.

    Raises:
        LakeError: the statement is wrong, or one that Athena means otherwise.
        CloudError: there is no stack, or Athena refuses.
    """
    from meteolake.aws.outputs import outputs

    used = account(configured)
    stack = outputs(used, configured.aws.stack)
    from meteolake.aws.athena import Athena  # after the stack was asked for, which tells of a missing SDK

    if stack.athena_workgroup is None:
        raise CloudError(f"Stack {stack.stack} has no Athena workgroup: `meteolake aws deploy` makes it.")
    answer = Athena(used, stack.athena_workgroup, stack.glue_databases).query(statement)
    err.print(f"Athena read {answer.scanned_bytes / 1e6:,.1f} MB: {answer.usd:.4f} USD by list price.")
    return answer.rows
