"""PowerPoint presentations: a page a slide, its title a heading, its notes marked as notes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pp_qa.loading.archives import open_zip
from pp_qa.loading.building import TextBuilder, document
from pp_qa.loading.charts import add_chart
from pp_qa.loading.diagrams import diagram_texts
from pp_qa.loading.foreign import parsing
from pp_qa.loading.formulas import office, raised
from pp_qa.loading.html import numeral
from pp_qa.loading.tables import Spread, add_table
from pp_qa.types import Document, Page, Span

if TYPE_CHECKING:
    from pptx.slide import Slide

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_NUMERALS = {"alphaLc": "a", "alphaUc": "A", "romanLc": "i", "romanUc": "I"}
_FURNITURE = ("DATE", "FOOTER", "SLIDE_NUMBER", "HEADER")
_BULLETED = ("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT")
"""Places whose paragraphs have bullets unless they say otherwise."""
_INDENT = "  "
_ROW = 300_000
"""Shapes whose tops are less far below that of the highest one (a third of an inch) stand beside it."""


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
    _choose(slide.shapes._spTree)
    title = slide.shapes.title
    named = " ".join(map(_text, title.text_frame.paragraphs)) if title is not None else ""
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


def _choose(tree: Any) -> None:
    """Put what PowerPoint shows in the place of what it shows or, in old versions, something else
    instead: python-pptx passes over both, as over every shape with a formula in it."""
    for either in list(tree.iter(f"{_COMPATIBLE}AlternateContent")):
        if (choice := either.find(f"{_COMPATIBLE}Choice")) is not None:
            for shape in list(choice):
                either.addprevious(shape)
        either.getparent().remove(either)


def _in_order(shapes: Any) -> Iterator[Any]:
    """Shapes from top to bottom, and from left to right where they stand beside each other;
    those of a group together."""
    rows: list[list[Any]] = []
    for shape in sorted(shapes, key=lambda s: s.top or 0):
        if rows and (shape.top or 0) - (rows[-1][0].top or 0) < _ROW:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    for shape in (shape for row in rows for shape in sorted(row, key=lambda s: s.left or 0)):
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
        add_chart(builder, shape.chart._chartSpace)
    else:
        for part in diagram_texts(shape.element, shape.part):
            builder.add(f"- {part}", "item", gap="\n")


def _add_paragraphs(builder: TextBuilder, paragraphs: Sequence[Any], bulleted: bool) -> None:
    """Paragraphs as items where they have bullets or numbers; a single one is prose."""
    filled = [(p, text) for p in paragraphs if (text := _text(p))]
    counts: dict[int, int] = {}
    for paragraph, text in filled:
        level = paragraph.level
        counts = {at: count for at, count in counts.items() if at <= level}
        if mark := _mark(paragraph, bulleted and len(filled) > 1, counts):
            builder.add(f"{mark} {text}", "item", gap="\n" + _INDENT * level)
        else:
            builder.add(text)


def _mark(paragraph: Any, bulleted: bool, counts: dict[int, int]) -> str:
    """What stands before a paragraph: a dash for a bullet, its number, or "" for nothing. `counts`
    are the numbers of the last ones, by level."""
    properties = paragraph._p.find(f"{_A}pPr")
    marks = {} if properties is None else {child.tag: child for child in properties}
    numbered = marks.get(f"{_A}buAutoNum")
    if numbered is None:
        counts.pop(paragraph.level, None)
        is_bullet = f"{_A}buNone" not in marks and (bulleted or f"{_A}buChar" in marks)
        return "-" if is_bullet else ""
    number = counts.get(paragraph.level, int(numbered.get("startAt", "1")) - 1) + 1
    counts[paragraph.level] = number
    return _numbered(number, numbered.get("type", ""))


def _numbered(number: int, style: str) -> str:
    """A number as PowerPoint writes it in a style such as `alphaLcParenR`."""
    kind = next((kind for name, kind in _NUMERALS.items() if style.startswith(name)), "1")
    before = "(" if style.endswith("ParenBoth") else ""
    after = ")" if "Paren" in style else "" if style.endswith("Plain") else "."
    return f"{before}{numeral(number, kind)}{after}"


def _text(paragraph: Any) -> str:
    """A paragraph on one line."""
    return " ".join("".join(map(_run, paragraph._p)).split())


def _run(element: Any) -> str:
    """The text of a run, a break, a field or a formula."""
    if element.tag == f"{_A}br":
        return " "
    if element.tag.endswith("}m"):
        return office(element)
    text = element.findtext(f"{_A}t") or ""
    properties = element.find(f"{_A}rPr")
    is_raised = properties is not None and float(properties.get("baseline", "0").rstrip("%")) > 0
    return raised(text) if is_raised else text


def _rows(table: Any) -> list[list[str]]:
    """A table's texts; a merged cell's stands in each row and column that it covers."""
    cells = [list(row.cells) for row in table.rows]
    grid = [["\n".join(map(_text, cell.text_frame.paragraphs)) for cell in row] for row in cells]
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if cell.is_merge_origin:
                for below in grid[r : r + cell.span_height]:
                    covered = slice(c + 1, c + cell.span_width)
                    below[c] = grid[r][c]
                    below[covered] = [Spread(grid[r][c]) for _ in below[covered]]
    return grid


LOADER = PowerPointLoader()
