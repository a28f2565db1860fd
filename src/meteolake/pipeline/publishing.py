"""From refined to the readers who have no lake."""

import time
from collections.abc import Mapping
from typing import Any

from meteolake.aws.glue import register
from meteolake.aws.outputs import outputs
from meteolake.lake.paths import Zones
from meteolake.pipeline.report import Stage
from meteolake.pipeline.settings import Settings
from meteolake.publish import postgres, public_json
from meteolake.serve.lake_api import sites_answer
from meteolake.serve.lake_source import LakeSource


def publish(settings: Settings) -> Stage:
    """Bring the public documents up to date, the tables in PostgreSQL and in Glue where these are configured.

    Raises:
        LakeError: the refined zone cannot be written.
        CloudError: there is no stack, or Glue refuses.
        PublishError: the database refuses; what was published before it stays.
    """
    started = time.monotonic()
    written = public_json.publish(settings.zones, settings.public, lambda: _answers(settings.zones))
    rows = {"public JSON documents": written} if written else {}
    if settings.postgres:
        loaded = postgres.publish(settings.zones, settings.postgres)
        rows |= {f"rows of {each.table} in PostgreSQL": each.changed for each in loaded if each.changed}
    if catalogue := settings.catalogue:
        databases = outputs(catalogue.account, catalogue.stack).glue_databases
        registered = register(catalogue.account, databases, settings.zones)
        rows |= {"tables in Glue": len(registered)} if registered else {}
    return Stage("publish", time.monotonic() - started, rows, [] if rows else ["unchanged"])


def _answers(zones: Zones) -> Mapping[str, Any]:
    """What the API answers to requests that need no history: a copy of it works from these and the forecasts."""
    source = LakeSource(zones)
    return {
        "sites": sites_answer(source.sites()),
        "scores": source.scores(),
        "model-card": source.model_card(),
        "health": source.health(),
    }
