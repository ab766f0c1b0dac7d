"""PowerPoint presentations: a page a slide, its title a heading, its notes marked as notes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pp_qa.loading.archives import open_zip
from pp_qa.loading.building import TextBuilder, document
from pp_qa.loading.foreign import parsing
from pp_qa.loading.tables import Spread, add_table
from pp_qa.types import Document, Page, Span

if TYPE_CHECKING:
    from pptx.slide import Slide

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "/diagramData"
_FURNITURE = ("DATE", "FOOTER", "SLIDE_NUMBER", "HEADER")
_BULLETED = ("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT")
"""Places whose paragraphs have bullets unless they say otherwise."""
_INDENT = "  "
_ROW = 300_000
"""Shapes whose tops are no farther apart (a third of an inch) stand beside each other."""


class PowerPointLoader:
    suffixes = (".pptx",)

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        open_zip(content).close()
        builder = TextBuilder()
        pages = []
        with parsing("PowerPoint presentation"):
            import pptx

            shown = pptx.Presentation(io.BytesIO(content))
            for number, slide in enumerate(shown.slides, start=1):
                start = builder.length
                _add_slide(builder, slide, number)
                label = f"slide {number}" + (" (hidden)" if _is_hidden(slide) else "")
                if builder.length > start:
                    pages.append(Page(number, label, Span(start, builder.length)))
            title = shown.core_properties.title
        parsed = builder.parsed()
        first = parsed.headings[0].title if parsed.headings else ""
        named = title if title not in ("", "PowerPoint Presentation") else first
        return document(path, doc_id, content, builder.parsed(named), tuple(pages))


def _is_hidden(slide: Slide) -> bool:
    return slide.element.get("show") in ("0", "false")


def _add_slide(builder: TextBuilder, slide: Slide, number: int) -> None:
    """A slide under its title, or under its number where it has text but no title."""
    title = slide.shapes.title
    named = " ".join(title.text_frame.text.split()) if title is not None else ""
    body = TextBuilder()
    body.heading(named or f"Slide {number}", 1)
    bare = body.length
    for shape in _in_order(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _add_shape(body, shape)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        texts = [text for p in frame.paragraphs if (text := _text(p))]
        if texts:
            body.heading("Speaker notes", 2)
        for text in texts:
            body.add(text)
    if named or body.length > bare:
        builder.include(body.parsed())


def _in_order(shapes: Any) -> Iterator[Any]:
    """Shapes from top to bottom, and from left to right where they stand beside each other;
    those of a group together."""
    placed = sorted(shapes, key=lambda s: ((s.top or 0) // _ROW, s.left or 0))
    for shape in placed:
        if hasattr(shape, "shapes"):
            yield from _in_order(shape.shapes)
        elif not (shape.is_placeholder and shape.placeholder_format.type.name in _FURNITURE):
            yield shape


def _add_shape(builder: TextBuilder, shape: Any) -> None:
    if shape.has_text_frame:
        kind = shape.placeholder_format.type.name if shape.is_placeholder else ""
        _add_paragraphs(builder, shape.text_frame.paragraphs, kind in _BULLETED)
    elif getattr(shape, "has_table", False):
        add_table(builder, _rows(shape.table), 2, headed=shape.table.first_row or None)
    elif getattr(shape, "has_chart", False):
        _add_chart(builder, shape.chart)
    else:
        for part in _diagrams(shape):
            builder.add(f"- {part}", "item", gap="\n")


def _add_paragraphs(builder: TextBuilder, paragraphs: Sequence[Any], bulleted: bool) -> None:
    """Paragraphs as items where they have bullets or numbers; a single one is prose."""
    filled = [(p, text) for p in paragraphs if (text := _text(p))]
    number = 0
    for paragraph, text in filled:
        mark = _mark(paragraph, bulleted and len(filled) > 1)
        number = number + 1 if mark == "number" else 0
        if mark:
            sign = f"{number}." if mark == "number" else "-"
            builder.add(f"{sign} {text}", "item", gap="\n" + _INDENT * paragraph.level)
        else:
            builder.add(text)


def _mark(paragraph: Any, bulleted: bool) -> str:
    """How a paragraph is marked: "bullet", "number", or "" for not at all."""
    properties = paragraph._p.find(f"{_A}pPr")
    names = () if properties is None else [child.tag for child in properties]
    if f"{_A}buAutoNum" in names:
        return "number"
    if f"{_A}buNone" in names:
        return ""
    return "bullet" if bulleted or f"{_A}buChar" in names else ""


def _text(paragraph: Any) -> str:
    """A paragraph on one line; line breaks in it are vertical tabs to the parser."""
    return " ".join(paragraph.text.split())


def _rows(table: Any) -> list[list[str]]:
    """A table's texts; a merged cell's stands in each row and column that it covers."""
    cells = [list(row.cells) for row in table.rows]
    grid = [[str(cell.text_frame.text) for cell in row] for row in cells]
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if cell.is_merge_origin:
                for below in grid[r : r + cell.span_height]:
                    covered = slice(c + 1, c + cell.span_width)
                    below[c] = grid[r][c]
                    below[covered] = [Spread(grid[r][c]) for _ in below[covered]]
    return grid


def _add_chart(builder: TextBuilder, chart: Any) -> None:
    """The numbers that a chart is drawn of, a row for each of its categories."""
    title = chart.chart_title.text_frame.text if chart.has_title else ""
    series = [s for plot in chart.plots for s in plot.series]
    categories = [str(c) for c in chart.plots[0].categories]
    builder.add(title)
    if series:
        values = [[*s.values] for s in series]
        header = [" ", *(s.name for s in series)]
        for i, category in enumerate(categories):
            cells = (f"{v[i]:g}" if i < len(v) and v[i] is not None else "" for v in values)
            builder.row(header, [category, *cells])


def _diagrams(shape: Any) -> Iterator[str]:
    """The texts of a diagram's boxes, in their order."""
    keys = {value for element in shape.element.iter() for value in element.attrib.values()}
    for key, relation in shape.part.rels.items():
        if key in keys and relation.reltype.endswith(_DIAGRAM):
            from lxml import etree

            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            for paragraph in etree.fromstring(relation.target_part.blob, parser).iter(f"{_A}p"):
                if text := " ".join(
                    "".join(t.text or "" for t in paragraph.iter(f"{_A}t")).split()
                ):
                    yield text


LOADER = PowerPointLoader()
