"""Where the command begins: `meteolake`, and `python -m meteolake`."""

import sys


def main() -> None:
    """Load the commands, which takes a moment in which Ctrl-C may come, too, and run one."""
    try:
        from meteolake.cli.main import main as run_command
    except KeyboardInterrupt:
        sys.exit(130)
    run_command()


if __name__ == "__main__":
    main()
