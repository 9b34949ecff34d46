"""Two kinds of plot as SVG: bars, and a line over steps."""

from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["bars", "line"]

_WIDTH, _LEFT, _RIGHT, _TOP = 760, 270, 90, 40
_BAR, _GAP = 22, 10
_OURS, _OTHER = "#0b7285", "#adb5bd"
_HEIGHT, _BOTTOM, _MARGIN = 260, 46, 60


def bars(title: str, values: Mapping[str, float], ours: str) -> str:
    """Draw a horizontal bar for each value, those whose name starts with `ours` in a colour of their own."""
    most = max(values.values())
    parts = []
    for row, (name, value) in enumerate(values.items()):
        top = _TOP + row * (_BAR + _GAP)
        length = (_WIDTH - _LEFT - _RIGHT) * value / most
        colour = _OURS if name.startswith(ours) else _OTHER
        middle = top + _BAR / 2 + 4
        parts.append(_text(_LEFT - 8, middle, name, "end"))
        parts.append(f'<rect x="{_LEFT}" y="{top}" width="{length:.1f}" height="{_BAR}" fill="{colour}"/>')
        parts.append(_text(_LEFT + length + 6, middle, f"{value:,.0f}"))
    return _svg(_TOP + len(values) * (_BAR + _GAP) + 6, title, parts)


def line(title: str, across: str, xs: Sequence[float], ys: Sequence[float]) -> str:
    """Draw a line from zero up; `across` says what the horizontal axis is."""
    top = max(ys) * 1.15
    width, height = _WIDTH - 2 * _MARGIN, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return _MARGIN + width * x / max(xs), _TOP + height * (1 - y / top)

    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*pair) for pair in zip(xs, ys, strict=True)))
    floor, (_, highest) = _HEIGHT - _BOTTOM, place(0, max(ys))
    parts = [
        f'<polyline points="{points}" fill="none" stroke="{_OURS}" stroke-width="2"/>',
        f'<line x1="{_MARGIN}" y1="{floor}" x2="{_WIDTH - _MARGIN}" y2="{floor}" stroke="#495057"/>',
        f'<line x1="{_MARGIN}" y1="{_TOP}" x2="{_MARGIN}" y2="{floor}" stroke="#495057"/>',
        _text(_MARGIN - 6, highest + 4, f"{max(ys):.3g}", "end"),
        _text(_MARGIN - 6, floor, "0", "end"),
        _text(_WIDTH - _MARGIN, floor + 18, f"{max(xs):g}", "end"),
        _text(_WIDTH / 2, floor + 34, across, "middle"),
    ]
    return _svg(_HEIGHT, title, parts)


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {_WIDTH} {height:.0f}" font-family="sans-serif" font-size="13" fill="#212529">'
    )
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    headline = f'<text x="12" y="22" font-size="15" font-weight="bold">{escape(title)}</text>'
    return "\n".join([head, ground, headline, *parts, "</svg>"]) + "\n"
