"""Which permissions the commands on AWS need, out of needs.toml."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from meteolake.aws.names import Names

Purpose = Literal["deploy", "run", "destroy"]

_PARTS: Mapping[Purpose, tuple[str, ...]] = {
    "deploy": ("deploy", "remove"),
    "run": ("run",),
    "destroy": ("remove", "destroy"),
}

# What a feature's absence means, for those that a lake can do without.
DISPENSABLE = {
    "api": "no API: the public documents alone are deployed",
    "public_url": "no URL for the public documents: set [aws] has_public_url = false",
}


@dataclass(frozen=True)
class Need:
    """Actions on resources, under the values of condition keys, and what for.

    A pattern of an ARN has the fields of `Names`.
    """

    purpose: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    feature: str = ""
    operator: str = "StringEquals"

    def on(self, names: Names) -> "Need":
        """The same with the ARNs and values of one stack."""
        return Need(
            self.purpose,
            self.actions,
            tuple(names.arn(resource) for resource in self.resources),
            {key: tuple(names.arn(value) for value in values) for key, values in self.condition.items()},
            self.feature,
            self.operator,
        )


def needs(purpose: Purpose, features: Collection[str] = ()) -> tuple[Need, ...]:
    """What a command needs, with the features that the configuration wants."""
    wanted = (need for part in _PARTS[purpose] for need in _all()[part])
    return tuple(need for need in wanted if not need.feature or need.feature in features)


def resolved(needs: tuple[Need, ...], names: Names) -> Iterator[Need]:
    """Needs with the ARNs of one stack."""
    return (need.on(names) for need in needs)


@cache
def _all() -> Mapping[str, list[Need]]:
    text = resources.files("meteolake.aws").joinpath("needs.toml").read_text(encoding="utf-8")
    return {part: [_need(**row) for row in rows] for part, rows in tomllib.loads(text).items()}


def _need(
    purpose: str,
    actions: Mapping[str, list[str]],
    resources: list[str],
    condition: Mapping[str, list[str]] | None = None,
    **more: Any,
) -> Need:
    whole = tuple(f"{service}:{name}" for service, names in actions.items() for name in names)
    values = {key: tuple(allowed) for key, allowed in (condition or {}).items()}
    return Need(purpose, whole, tuple(resources), values, **more)
