"""The keys of the API: who may ask for what, and how often.

A key is `<name>.<secret>`. The lake holds `keys/<name>.json` beside the raw objects, with a salted digest and never the
secret. The secret has 256 random bits, so that one round of SHA-256 is enough: there is nothing to guess.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from meteolake.errors import ConfigError, LakeError
from meteolake.lake.objects import Objects

SCOPES = ("archive", "forecast", "sites", "normals", "scores")
_FOLDER = "keys"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Key:
    """A key as the lake holds it; without scopes it opens every endpoint."""

    name: str
    salt: str
    digest: str
    scopes: tuple[str, ...]
    requests_per_day: int | None
    created_at: str
    revoked_at: str | None = None

    def is_of(self, secret: str) -> bool:
        """Whether a secret is that of the key, in constant time."""
        return hmac.compare_digest(_digest(self.salt, secret), self.digest)


class Keys:
    """The keys of one lake.

    Args:
        objects: those of the raw zone.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def add(self, name: str, scopes: tuple[str, ...] = (), requests_per_day: int | None = None) -> str:
        """Make a key and give it away, this once; the name of a revoked key is free again.

        Raises:
            ConfigError: the name is taken or no name, or there is no such scope.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is no name of a key: up to 63 of a-z, 0-9 and -, such as harbour-office.")
        if unknown := [scope for scope in scopes if scope not in SCOPES]:
            raise ConfigError(f"There is no scope {unknown[0]!r}: choose among {', '.join(SCOPES)}.")
        secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
        key = Key(name, salt, _digest(salt, secret), scopes, requests_per_day, _now())
        if not self._objects.create(_path(name), _document(key)):
            if (known := self.find(name)) and not known.revoked_at:
                raise ConfigError(f"There is a key {name!r} already: `meteolake keys revoke {name}` frees its name.")
            self._objects.put(_path(name), _document(key))
        return f"{name}.{secret}"

    def list(self) -> Iterator[Key]:
        """All keys by name, revoked ones too."""
        yield from (_key(self._objects.get(path)) for path in self._objects.list(_FOLDER))

    def revoke(self, name: str) -> None:
        """Make a key useless.

        Raises:
            LakeError: there is no such key.
        """
        if (key := self.find(name)) is None:
            raise LakeError(f"There is no key {name!r}: `meteolake keys list` shows those that there are.")
        if not key.revoked_at:
            self._objects.put(_path(name), _document(replace(key, revoked_at=_now())))

    def find(self, name: str) -> Key | None:
        """The key of a name."""
        found = self._objects.find(_path(name)) if _NAME.fullmatch(name) else None
        return _key(found) if found else None


def _digest(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}{secret}".encode()).hexdigest()


def _path(name: str) -> str:
    return f"{_FOLDER}/{name}.json"


def _document(key: Key) -> bytes:
    return json.dumps(asdict(key)).encode()


def _key(document: bytes) -> Key:
    content = json.loads(document)
    return Key(**{**content, "scopes": tuple(content["scopes"])})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
