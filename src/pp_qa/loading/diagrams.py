"""The texts of diagrams (SmartArt), which lie in parts of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "/diagramData"


def diagram_texts(drawing: Any, part: Any) -> Iterator[str]:
    """The texts of a diagram's boxes, in their order; `part` is that which holds the drawing."""
    from lxml import etree

    keys = {value for element in drawing.iter() for value in element.attrib.values()}
    for key, relation in part.rels.items():
        if key in keys and relation.reltype.endswith(_DIAGRAM):
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            for paragraph in etree.fromstring(relation.target_part.blob, parser).iter(f"{_A}p"):
                texts = (t.text or "" for t in paragraph.iter(f"{_A}t"))
                if text := " ".join("".join(texts).split()):
                    yield text
