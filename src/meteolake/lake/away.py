"""The mark of a lake whose steps run on a cluster.

The lease alone would not do: a run that dies leaves its lease to the next one, but may leave steps that still write,
and the commits of Spark and of delta-rs on S3 do not know each other.
"""

import json

from meteolake.errors import LakeError
from meteolake.lake.objects import Objects

_MARK = "away/run.json"


def leave(raw: Objects, run_id: str, where: str) -> None:
    """Mark that a run's steps are away; the caller holds the lease."""
    raw.put(_MARK, json.dumps({"run_id": run_id, "where": where}).encode())


def come_home(raw: Objects) -> None:
    """Remove the mark, after everything that was away has ended."""
    raw.delete(_MARK)


def insist_on_home(raw: Objects) -> None:
    """Let nothing here write while steps may be writing on a cluster.

    Raises:
        LakeError: a run's steps are away and were not seen to come back.
    """
    if (found := raw.find(_MARK)) is not None:
        mark = json.loads(found)
        raise LakeError(
            f"Run {mark['run_id']} went to {mark['where']} and did not come back; its steps may still be writing. "
            "Go on with `meteolake run --resume --on …`, or end them with `meteolake aws stop`."
        )
