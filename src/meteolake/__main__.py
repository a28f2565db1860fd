"""Where the command begins: `meteolake`, and `python -m meteolake`."""

import contextlib
import os
import sys


def main() -> None:
    """Load the commands, which takes a moment in which Ctrl-C may come, too, and run one.

    It ends at once: threads of the libraries may still let go of what is Python's, and would abort a process that takes
    Python down before.
    """
    try:
        from meteolake.cli.main import main as run_command
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        run_command()
    except SystemExit as ended:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(int(ended.code or 0))


if __name__ == "__main__":
    main()
