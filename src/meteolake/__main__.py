"""`python -m meteolake`."""

from meteolake.cli.main import main

main()
