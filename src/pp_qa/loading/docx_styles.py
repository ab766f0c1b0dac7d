"""What a Word document says of its paragraphs by their styles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pp_qa.loading.numbering import W, value

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING_NAME = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|encabezado|kop|rubrik|overskrift|otsikko|nagłówek"
    r"|nadpis|заголовок|見出し|标题|標題|제목)\s*([1-9])$"
)


class Style(NamedTuple):
    """What a paragraph has of its style where it says nothing itself."""

    name: str = ""
    outline: int | None = None
    """0 for the outermost headings, 9 for what is none."""
    list_key: str = ""
    depth: int = 0


def styles(root: _Element | None) -> dict[str, Style]:
    """The paragraph styles by id, what they inherit included; the default one by ""."""
    all_of_them = () if root is None else root.iterfind(f"{W}style")
    found = {style.get(f"{W}styleId", ""): style for style in all_of_them}
    known: dict[str, Style] = {}
    for key, element in found.items():
        chain = [element]
        while (base := found.get(value(chain[-1].find(f"{W}basedOn")))) is not None:
            if base in chain:
                break
            chain.append(base)
        known[key] = _inherited(chain)
        if element.get(f"{W}default") in ("1", "true") and element.get(f"{W}type") == "paragraph":
            known[""] = known[key]
    return known


def _inherited(chain: Sequence[_Element]) -> Style:
    """A style from its definition and those it is based on, the nearest first."""

    def first(path: str) -> str:
        texts = (value(style.find(f"{W}pPr/{path}")) for style in chain)
        return next((text for text in texts if text), "")

    name = value(chain[0].find(f"{W}name")).casefold()
    named = _HEADING_NAME.match(name)
    outline = first(f"{W}outlineLvl") or (str(int(named[1]) - 1) if named else "")
    key, depth = first(f"{W}numPr/{W}numId"), first(f"{W}numPr/{W}ilvl")
    return Style(name, int(outline) if outline else None, key, int(depth or "0"))
