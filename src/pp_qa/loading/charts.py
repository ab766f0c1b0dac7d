"""The numbers that charts are drawn of, as Word and PowerPoint keep them beside the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pp_qa.loading import date_formats
from pp_qa.loading.number_formats import shown

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pp_qa.loading.building import TextBuilder

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def charts_in(drawing: Any, part: Any) -> Iterator[_Element]:
    """The charts of a drawing; `part` is that which holds the drawing."""
    from lxml import etree

    keys = {value for chart in drawing.iter(f"{_C}chart") for value in chart.attrib.values()}
    for key, relation in part.rels.items():
        if key in keys and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            yield etree.fromstring(relation.target_part.blob, parser)


def add_chart(builder: TextBuilder, chart: _Element) -> None:
    """Append a chart's title and a row for each of its categories."""
    title = chart.find(f"{_C}chart/{_C}title")
    builder.add(" ".join(t.text or "" for t in title.iter(f"{_A}t")) if title is not None else "")
    series = list(chart.iter(f"{_C}ser"))
    names = [" ".join(s.findtext(f"{_C}tx//{_C}v", "").split()) for s in series]
    values = [_points(s, "val", "yVal") for s in series]
    labels = next(filter(None, (_points(s, "cat", "xVal") for s in series)), {})
    for at in sorted({place for known in (labels, *values) for place in known}):
        cells = [labels.get(at, ""), *(known.get(at, "") for known in values)]
        if any(cells[1:]):
            builder.row([" ", *names], cells)


def _points(series: _Element, *names: str) -> dict[int, str]:
    """The labels or the values of a series, by their place, as their format shows them."""
    data = next(
        (found for name in names if (found := series.find(f"{_C}{name}")) is not None), None
    )
    if data is None:
        return {}
    innermost = next(data.iter(f"{_C}lvl"), data)  # of labels in groups
    form = data.findtext(f".//{_C}formatCode")
    points = innermost.iter(f"{_C}pt")
    return {int(p.get("idx", "0")): _shown(p.findtext(f"{_C}v", ""), form) for p in points}


def _shown(text: str, number_format: str | None) -> str:
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    try:
        number = float(text)
    except ValueError:
        return text
    if number_format is None:
        return text
    try:
        moment = from_excel(number) if is_date_format(number_format) else None
    except (OverflowError, ValueError):
        moment = None
    return date_formats.shown(moment, number_format) if moment else shown(number, number_format)
