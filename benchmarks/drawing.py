"""Line charts as SVG, for a light page and a dark one. The same chart gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from xml.sax.saxutils import escape

Point = Sequence[float]
"""x, y."""

WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 66, 166, 46, 60
"""Margins of the plot; the legend stands in the right one."""
_LIGHT = ("#1c6dd0", "#c2500a", "#2b8a3e", "#9c36b5", "#c92a2a", "#0b7f8e", "#7a5c00", "#5c677d")
_DARK = ("#6cb0ff", "#ff9d57", "#69db7c", "#da9bf0", "#ff8787", "#4fd1e0", "#e0bf4a", "#aab4c2")
_DASHES = ("", "7 3", "2 3")
"""Of the first eight lines, the next eight and so on."""
_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.page { fill: #ffffff }
.grid { stroke: #e1e5ea }
.axis { stroke: #6e7781 }
.aid { stroke: #6e7781; stroke-width: 1.5; stroke-dasharray: 5 4; fill: none }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
"""
_NIGHT = """
text { fill: #e6edf3 }
.page { fill: #0d1117 }
.grid { stroke: #2b323b }
.axis, .aid { stroke: #8b949e }
"""


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured, in which unit, and the ticks from the lowest to the highest value."""

    label: str
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies between the first tick, 0, and the last, 1."""
        return (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one line. `colour` numbers it, so that it looks alike in every chart."""

    name: str
    points: tuple[Point, ...]
    colour: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over two axes. `dots` marks each point; `diagonal` names the line where y is x."""

    title: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    dots: bool = False
    diagonal: str = ""


def draw(chart: Chart) -> str:
    """The chart as a whole SVG file."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(chart.title)}</title>",
        f"<style>{_STYLE}{_colours(_LIGHT)}",
        f"@media (prefers-color-scheme: dark) {{{_NIGHT}{_colours(_DARK)}}}</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        _text(LEFT, 28, chart.title, "start", "title"),
        *_axes(chart),
        *(_line(chart, line) for line in chart.lines),
        *_legend(chart),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _colours(colours: Sequence[str]) -> str:
    return "\n".join(
        f".c{i} {{ stroke: {c} }} .d{i} {{ fill: {c} }}" for i, c in enumerate(colours)
    )


def _place(chart: Chart, point: Point) -> tuple[float, float]:
    x, y = point
    return (
        LEFT + (WIDTH - LEFT - RIGHT) * chart.x.share(x),
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * chart.y.share(y),
    )


def _axes(chart: Chart) -> list[str]:
    """The grid with its figures, and what the axes measure."""
    (left, bottom), (right, top) = (LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, TOP)
    parts = []
    for tick in chart.y.ticks:
        y = _place(chart, (chart.x.ticks[0], tick))[1]
        parts.append(_rule("grid", left, y, right, y))
        parts.append(_text(left - 8, y + 4, f"{tick:g}", "end"))
    for tick in chart.x.ticks:
        x = _place(chart, (tick, chart.y.ticks[0]))[0]
        parts.append(_rule("axis", x, bottom, x, bottom + 5))
        parts.append(_text(x, bottom + 20, f"{tick:g}", "middle"))
    parts.append(_rule("axis", left, bottom, right, bottom))
    parts.append(_text((left + right) / 2, HEIGHT - 16, chart.x.label, "middle"))
    middle = (top + bottom) / 2
    turned = f'transform="rotate(-90 18 {middle:.1f})"'
    parts.append(_text(18, middle, chart.y.label, "middle", more=turned))
    if chart.diagonal:
        (x1, y1), (x2, y2) = (_place(chart, (t, t)) for t in (chart.x.ticks[0], chart.x.ticks[-1]))
        parts.append(_rule("aid", x1, y1, x2, y2))
    return parts


def _line(chart: Chart, line: Line) -> str:
    places = [_place(chart, point) for point in line.points]
    at = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    drawn = f'<polyline class="line {_look(line)} points="{at}"/>'
    if not chart.dots:
        return drawn
    kind = f"d{line.colour % len(_LIGHT)}"
    return drawn + "".join(
        f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places
    )


def _look(line: Line) -> str:
    """The rest of a class attribute, and the dashes that tell lines of one colour apart."""
    turn, colour = divmod(line.colour, len(_LIGHT))
    dashes = _DASHES[turn % len(_DASHES)]
    return f'c{colour}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _legend(chart: Chart) -> list[str]:
    """The names beside the plot, from the line that is highest on average to the lowest."""
    x, y = WIDTH - RIGHT + 18, TOP + 8
    parts = []
    for line in sorted(
        chart.lines, key=lambda line: (-fmean(y for _, y in line.points), line.name)
    ):
        parts.append(f'<path class="line {_look(line)} d="M{x} {y}h24"/>')
        parts.append(_text(x + 32, y + 4, line.name, "start"))
        y += 22
    if chart.diagonal:
        parts.append(f'<path class="aid" d="M{x} {y}h24"/>')
        parts.append(_text(x + 32, y + 4, chart.diagonal, "start"))
    return parts


def _rule(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "", more: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    more = f" {more}" if more else ""
    return (
        f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'
    )
