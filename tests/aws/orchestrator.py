"""A run in a process of its own, which a test may kill: `python -m tests.aws.orchestrator KIND ENDPOINT`."""

import sys

from tests.aws.loopback import REGION
from tests.aws.runs import LAKE_BUCKET, SITE, compute_of, go

from meteolake.aws.account import Account
from meteolake.aws.storage import reach
from meteolake.lake.paths import Zones
from meteolake.pipeline.building import Plan
from meteolake.pipeline.settings import Settings

if __name__ == "__main__":
    kind, endpoint = sys.argv[1:]
    account = Account(REGION, endpoint_url=endpoint)
    reach(account, LAKE_BUCKET)
    settings = Settings(Zones.below(f"s3://{LAKE_BUCKET}"), Plan("sail", 512), None, None, places=(SITE,))
    go(settings, compute_of(kind, account), captures=False)
