"""`meteolake` as a process that asks AWS at once instead of every five seconds: `python -m tests.aws.impatient …`."""

from tests.aws.runs import AT_ONCE

from meteolake.cli.aws import compute
from meteolake.cli.main import main

if __name__ == "__main__":
    compute.patience = lambda configured: AT_ONCE
    main()
