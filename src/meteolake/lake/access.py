"""How stores on S3 are reached by credentials that end before a run does.

The clients of S3 in this process read the environment when they open a store, and keep what they found. Who has
credentials that can be renewed says here how: they are asked for before each opening, and what stays open is opened
anew when they have changed.
"""

from collections.abc import Callable

_renew: Callable[[], str] = lambda: ""  # noqa: E731


def renew_by(renew: Callable[[], str]) -> None:
    """Let this bring the environment's credentials up to date from now on, and give their id."""
    global _renew
    _renew = renew


def renewed() -> str:
    """Bring the environment's credentials up to date; their id, by which it is seen whether they are others."""
    return _renew()
