"""Line charts as SVG text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 50
_COLOURS = ("#0b6bcb", "#c2410c", "#15803d", "#7e22ce")
_TICKS = 5

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line through points, with a band `(x, lower, upper)` around it where that is known."""

    name: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float, float]] = ()


def chart(title: str, x_name: str, lines: Sequence[Line]) -> str:
    """An SVG document; the vertical axis always shows 0."""
    ys = [y for line in lines for _, y in line.points] + [y for line in lines for part in line.band for y in part[1:]]
    xs = [x for line in lines for x, _ in line.points]
    scale = _Scale((min(xs), max(xs)), (min(0.0, *ys), max(0.0, *ys)))
    body = [f'<text x="{_LEFT}" y="24" font-size="16">{escape(title)}</text>', *_axes(scale, x_name)]
    for number, line in enumerate(lines):
        body += _drawn(line, scale, _COLOURS[number % len(_COLOURS)])
        body.append(_legend(line.name, number))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title)}"><rect width="100%" height="100%" fill="#fff"/>'
        + "".join(body)
        + "</svg>\n"
    )


@dataclass(frozen=True)
class _Scale:
    """From values to places on the sheet."""

    x_range: Point
    y_range: Point

    def x(self, value: float) -> float:
        low, high = self.x_range
        return _LEFT + (value - low) / ((high - low) or 1) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return _HEIGHT - _BOTTOM - (value - low) / ((high - low) or 1) * (_HEIGHT - _TOP - _BOTTOM)


def _axes(scale: _Scale, x_name: str) -> list[str]:
    parts = [f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(x_name)}</text>']
    for at in range(_TICKS + 1):
        x, y = (low + (high - low) * at / _TICKS for low, high in (scale.x_range, scale.y_range))
        parts.append(f'<text x="{scale.x(x):.1f}" y="{_HEIGHT - 32}" text-anchor="middle">{x:.3g}</text>')
        parts.append(f'<text x="{_LEFT - 6}" y="{scale.y(y) + 4:.1f}" text-anchor="end">{y:.2f}</text>')
        parts.append(f'<path d="M{_LEFT} {scale.y(y):.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
    parts.append(f'<path d="M{_LEFT} {scale.y(0):.1f}H{_WIDTH - _RIGHT}" stroke="#555"/>')
    return parts


def _drawn(line: Line, scale: _Scale, colour: str) -> list[str]:
    parts = []
    if line.band:
        edge = [(x, upper) for x, _, upper in line.band] + [(x, lower) for x, lower, _ in reversed(line.band)]
        parts.append(f'<polygon points="{_places(edge, scale)}" fill="{colour}" opacity="0.15"/>')
    parts.append(f'<polyline points="{_places(line.points, scale)}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return parts


def _places(points: Sequence[Point], scale: _Scale) -> str:
    return " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in points)


def _legend(name: str, number: int) -> str:
    y = _TOP + 14 + 18 * number
    return f'<text x="{_WIDTH - _RIGHT}" y="{y}" text-anchor="end" fill="{_COLOURS[number]}">{escape(name)}</text>'
