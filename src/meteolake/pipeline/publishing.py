"""From refined to the readers who have no lake."""

import time

from meteolake.pipeline.report import Stage
from meteolake.pipeline.settings import Settings
from meteolake.publish import public_json


def publish(settings: Settings) -> Stage:
    """Bring the public documents up to date.

    Raises:
        LakeError: the refined zone cannot be written.
    """
    started = time.monotonic()
    written = public_json.publish(settings.zones)
    rows = {"public JSON documents": written} if written else {}
    return Stage("publish", time.monotonic() - started, rows, [] if written else ["unchanged"])
