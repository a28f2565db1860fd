"""What is wrong with a configuration: the key, its line or variable, what was received, what is allowed."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic_core import ErrorDetails

from meteolake.config.sections import Config

PREFIX = "METEOLAKE_"
_SECRET = ("url", "api_key", "postgres")

KeyPath = tuple[str, ...]


def variable_of(path: KeyPath) -> str:
    """The variable that overrides a key."""
    return f"{PREFIX}{'_'.join(path)}".upper()


def misspelt_variables(environment: Mapping[str, str], known: Sequence[str]) -> Iterator[str]:
    """One line for each variable that names no key and looks as if it should; others may be somebody else's."""
    sections = tuple(variable_of((section, "")) for section in Config.model_fields)
    for name in sorted(name for name in environment if name.startswith(PREFIX) and name not in known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
        if near or name.startswith(sections):
            yield f"{name}: there is no such setting{f'; did you mean {near[0]}?' if near else '.'}"


def problem(details: ErrorDetails, file: str, text: str, environment: Mapping[str, str]) -> str:
    """One wrong key or value: where it stands, what it is, what is allowed."""
    path = tuple(str(part) for part in details["loc"])
    variable = variable_of(path)
    place = variable if variable in environment else f"{file} line {_line(text, path)}"
    if details["type"] == "extra_forbidden":
        return f"{place}: unknown key {path[-1]!r}: choose one of {', '.join(_names(path[:-1]))}."
    if details["type"] == "missing":
        return f"{place}: {path[-1]} is missing."
    value = details["input"]
    if isinstance(value, dict):  # about keys that do not go together
        return f"{place}: {_allowed(details)}."
    shown = "…" if path[-1] in _SECRET else f'"{value}"' if isinstance(value, str) else value
    return f"{place}: {path[-1]} = {shown}: {_allowed(details)}."


def _allowed(details: ErrorDetails) -> str:
    if details["type"] == "literal_error":
        return f"choose one of {details['ctx']['expected'].replace(chr(39), '').replace(' or ', ', ')}"
    if details["type"] == "model_type":
        return f"it should be a section, which begins with a line [{details['loc'][-1]}]"
    return re.sub("^(Input|Date|String) should", "it should", details["msg"].removeprefix("Value error, "))


def _names(section: KeyPath) -> list[str]:
    """The keys that a section may have."""
    model: Any = Config
    for part in section:
        model = get_args(model)[0] if part.isdigit() else model.model_fields[part].annotation
    return list(model.model_fields)


def _line(text: str, path: KeyPath) -> int:
    """The line where a key or the nearest section above it is written; TOML's own parser keeps no positions."""
    section: KeyPath = ()
    best, depth = 1, 0
    entries: Counter[KeyPath] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if entry := re.match(r"\s*\[\[\s*([^\[\]]+?)\s*\]\]", line):
            parts = _parts(entry.group(1))
            section = found = (*parts, str(entries[parts]))
            entries[parts] += 1
        elif header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            section = found = _parts(header.group(1))
        elif key := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            found = (*section, *_parts(key.group(1)))
        else:
            continue
        if found == path[: len(found)] and len(found) > depth:
            best, depth = number, len(found)
    return best


def _parts(dotted: str) -> KeyPath:
    return tuple(part.strip(" \"'") for part in dotted.split("."))
