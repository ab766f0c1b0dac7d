"""Draws what a run wrote down: `python -m training.curves RUN TARGET.svg`. Left axis: the losses;
right axis: what held-out articles say."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _EDGE = 720, 360, 56
_COLOURS = ("#0b7285", "#d9480f", "#2b8a3e", "#862e9c", "#5c677d", "#c2255c", "#b08900")

Points = list[tuple[float, float]]


def main() -> None:
    rows = [json.loads(line) for line in (Path(sys.argv[1]) / "curve.jsonl").open()]
    Path(sys.argv[2]).write_text(picture(rows))


def picture(rows: Sequence[dict[str, object]]) -> str:
    """An SVG of the losses by step, and of the figures on held-out articles."""
    kinds = ("span", "sentence", "ranked", "taught")
    losses = {f"loss, {k}": points for k in kinds if (points := _points(rows, k))}
    held = [{"step": r["step"], **h} for r in rows if isinstance(h := r.get("held"), dict)]
    names = {
        "first_right": "first sentence right",
        "auroc_sentence": "AUROC by sentences",
        "auroc_span": "AUROC by spans",
    }
    shares = {label: _points(held, key) for key, label in names.items()}
    steps = max(x for points in losses.values() for x, _ in points)
    top = max(y for points in losses.values() for _, y in points)
    parts = [_axes(steps, top)]
    lines = [(n, p, 0.0, top) for n, p in losses.items()]
    lines += [(n, p, 0.5, 1.0) for n, p in shares.items()]
    for i, (name, points, low, high) in enumerate(lines):
        parts.append(_line(points, steps, low, high, _COLOURS[i]))
        y = 178 + 16 * i
        parts.append(
            f'<text x="{_WIDTH - _EDGE - 8}" y="{y}" fill="{_COLOURS[i]}" text-anchor="end">'
            f"{escape(name)}</text>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _points(rows: Sequence[dict[str, object]], key: str) -> Points:
    return [(float(str(r["step"])), float(str(r[key]))) for r in rows if key in r]


def _place(x: float, y: float, steps: float, low: float, high: float) -> tuple[float, float]:
    across = _EDGE + (_WIDTH - 2 * _EDGE) * x / steps
    up = (y - low) / (high - low)
    return across, _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * max(0.0, min(1.0, up))


def _line(points: Points, steps: float, low: float, high: float, colour: str) -> str:
    places = " ".join(f"{a:.1f},{b:.1f}" for a, b in (_place(*p, steps, low, high) for p in points))
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.8"/>'


def _axes(steps: float, top: float) -> str:
    marks = []
    for i in range(6):
        share = i / 5
        x, y = _place(share * steps, share * top, steps, 0.0, top)
        marks += [
            f'<text x="{x:.0f}" y="{_HEIGHT - _EDGE + 18}" text-anchor="middle">'
            f"{share * steps:.0f}</text>",
            f'<text x="{_EDGE - 8}" y="{y + 4:.0f}" text-anchor="end">{share * top:.1f}</text>',
            f'<text x="{_WIDTH - _EDGE + 8}" y="{y + 4:.0f}">{0.5 + share / 2:.1f}</text>',
            f'<line x1="{_EDGE}" x2="{_WIDTH - _EDGE}" y1="{y:.0f}" y2="{y:.0f}" stroke="#dee2e6"/>',
        ]
    label = f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 14}" text-anchor="middle">steps</text>'
    return "".join(marks) + label


if __name__ == "__main__":
    main()
