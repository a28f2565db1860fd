"""Misbehaviour on purpose: what the real service and the network around it have been seen to do, at chosen rates."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meteolake.errors import ConfigError
from meteolake.simulate.limits import REASONS, TOO_MANY_REQUESTS

_PATHS = ("/v1/archive", "/v1/forecast")
_PIECES = 20

_REFUSALS = {f"429-{kind}": (TOO_MANY_REQUESTS, reason) for kind, reason in REASONS.items()} | {
    "500": (500, "Something went wrong."),
    "503": (503, "The service is overloaded"),
}
_PAGES = {"502": (502, "502 Bad Gateway"), "504": (504, "504 Gateway Time-out"), "html": (200, "Welcome to nginx!")}


def _page(title: str) -> str:
    """A page as the proxy in front of the service writes it."""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )


def _with_wrong_length(content: Any) -> Any:
    """The first variable of the last location has a day too few."""
    daily = _last(content).get("daily", {})
    for name in [name for name in daily if name != "time"][:1]:
        daily[name] = daily[name][:-1]
    return content


def _with_duplicate(content: Any) -> Any:
    """The first location comes twice, the last is missing."""
    return [*content[:-1], content[0]] if isinstance(content, list) else [content, content]


def _reordered(content: Any) -> Any:
    """The locations in reverse."""
    return content[::-1] if isinstance(content, list) else content


def _without_variable(content: Any) -> Any:
    """The last location lacks its last variable."""
    last = _last(content)
    for name in list(last.get("daily_units", {}))[1:][-1:]:
        last["daily_units"].pop(name)
        last["daily"].pop(name)
    return content


def _last(content: Any) -> dict[str, Any]:
    last: dict[str, Any] = content[-1] if isinstance(content, list) else content
    return last


def _with_error_inside(text: str) -> str:
    """A stream that failed: a single location is lost, of several the last part."""
    kept = text[: len(text) * 2 // 3] if text.startswith("[") else ""
    return f"{kept}Unexpected error while streaming data: timeoutReached"


def _edited(change: Callable[[Any], Any]) -> Callable[[str], str]:
    """A change of the answer's content as a change of its text."""
    return lambda text: (
        json.dumps(change(json.loads(text)), separators=(",", ":"), ensure_ascii=False) if text else text
    )


_CHANGES: dict[str, Callable[[str], str]] = {
    "wrong-length": _edited(_with_wrong_length),
    "duplicate-location": _edited(_with_duplicate),
    "reorder-locations": _edited(_reordered),
    "missing-variable": _edited(_without_variable),
    "error-in-body": _with_error_inside,
    "empty": lambda text: "",
}
_TRANSFERS = ("slow-start", "slow-body", "cut-body", "gzip-garbage", "reset")

KINDS = (*_REFUSALS, *_PAGES, *_CHANGES, *_TRANSFERS)


@dataclass(frozen=True)
class Faults:
    """A plan of misbehaviour: the share of requests that meet each kind of fault, drawn in order from the seed.

    Args:
        rates: share by kind, of `KINDS`; all together at most 1.
        seed: fixes which requests are hit.
        slow_seconds: how long a slow answer takes more.
        sleep: waits for so many seconds.
        log: the kinds that were shown so far, in order.
    """

    rates: Mapping[str, float]
    seed: int = 0
    slow_seconds: float = 5.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind, rate in self.rates.items():
            if kind not in KINDS:
                raise ConfigError(f"There is no fault {kind!r}: choose among {', '.join(KINDS)}.")
            if not 0 <= rate <= 1:
                raise ConfigError(f"The rate of the fault {kind} is {rate:g}: it must lie between 0 and 1.")
        if sum(self.rates.values()) > 1 + 1e-9:
            raise ConfigError(f"The rates of faults sum to {sum(self.rates.values()):g}: they may sum to 1 at most.")

    def around(self, app: ASGIApp) -> ASGIApp:
        """The app with its data endpoints misbehaving."""
        draws = random.Random(self.seed)  # noqa: S311 - chooses faults, guards nothing
        kinds, weights = [*self.rates, ""], [*self.rates.values(), max(0.0, 1 - sum(self.rates.values()))]

        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            kind = draws.choices(kinds, weights)[0] if scope.get("path") in _PATHS else ""
            if not kind:
                await app(scope, receive, send)
                return
            self.log.append(kind)
            await self._misbehave(kind, app, scope, receive, send)

        return faulty

    async def _misbehave(self, kind: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with a fault."""
        if kind in _REFUSALS:
            status, reason = _REFUSALS[kind]
            await JSONResponse({"error": True, "reason": reason}, status)(scope, receive, send)
        elif kind in _PAGES:
            status, title = _PAGES[kind]
            await HTMLResponse(_page(title), status)(scope, receive, send)
        elif kind == "reset":
            _reset(scope)
        elif kind == "slow-start":
            await self.sleep(self.slow_seconds)
            await app(scope, receive, send)
        else:
            answer = await _answer(app, scope, receive)
            await self._spoil(kind, answer)(scope, receive, send)

    def _spoil(self, kind: str, answer: Response) -> ASGIApp:
        """A good answer spoilt; one that is an error already stays."""
        if answer.status_code != 200:
            return answer
        body = bytes(answer.body)
        if kind in _CHANGES:
            return _like(answer, _CHANGES[kind](body.decode()).encode())
        if kind == "gzip-garbage":
            return _like(answer, b"\x1f\x8b\x08\x00" + body[:200], {"content-encoding": "gzip"})
        return self._slowly(body) if kind == "slow-body" else _cut(body)

    def _slowly(self, body: bytes) -> ASGIApp:
        """The whole body in pieces with pauses."""

        async def slowly(scope: Scope, receive: Receive, send: Send) -> None:
            await send(_start(len(body)))
            size = len(body) // _PIECES + 1
            for begin in range(0, len(body), size):
                await self.sleep(self.slow_seconds / _PIECES)
                piece = body[begin : begin + size]
                await send(_piece(piece, more=begin + size < len(body)))

        return slowly


def read_faults(spec: str, seed: int = 0) -> Faults:
    """The plan that a text such as `502=0.1,reset=0.05` describes; `all=0.2` spreads a rate over every kind.

    Raises:
        ConfigError: an unknown kind or a rate that is none.
    """
    rates: dict[str, float] = {}
    for part in spec.split(","):
        kind, _, rate = part.strip().partition("=")
        try:
            share = float(rate)
        except ValueError as error:
            raise ConfigError(
                f"The fault {part.strip()!r} is not understood: write kind=rate, as in 502=0.1."
            ) from error
        rates |= dict.fromkeys(KINDS, share / len(KINDS)) if kind == "all" else {kind: share}
    return Faults(rates, seed)


async def _answer(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """What the app answers, whole and not compressed."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app({**scope, "headers": headers}, receive, keep)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    sent = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return Response(body, messages[0]["status"], media_type=sent.get("content-type"))


def _like(answer: Response, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, answer.status_code, headers, answer.media_type)


def _cut(body: bytes) -> ASGIApp:
    """Half of the body that was announced, then the end of the connection."""

    async def cut(scope: Scope, receive: Receive, send: Send) -> None:
        await send(_start(len(body)))
        await send(_piece(body[: len(body) // 2], more=True))

    return cut


def _reset(scope: Scope) -> None:
    """Break off the connection; where the server cannot, the app fails instead."""
    if "abort" not in scope.get("extensions", {}):
        raise ConnectionResetError("Connection reset by peer")
    scope["extensions"]["abort"]()


def _start(length: int) -> Message:
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(length).encode())]
    return {"type": "http.response.start", "status": 200, "headers": headers}


def _piece(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
