"""The text inside a paragraph of a web page, as its reader sees it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pp_qa.loading.formulas import fraction, power, raised, root
from pp_qa.loading.html_furniture import MATHS, names, set_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

BLOCKS = set_of(
    "address article aside blockquote body br caption center dd details dir div dl dt fieldset"
    " figcaption figure footer form header hgroup hr html legend li main menu nav ol p pre section"
    " summary table tbody td tfoot th thead tr ul h1 h2 h3 h4 h5 h6"
)
"""Elements that begin and end a line."""
_SPACE = re.compile(r"\s+")
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, which lxml reads in a page and refuses to write."""
_LABELS = ("text", "foreignobject")
"""What of a drawing is text; its title and its description are not shown."""
_DISPLAYED = re.compile(r"\{\\displaystyle\s+(.*)\}", re.DOTALL)
"""How wikis write a formula in TeX."""


def settle(root: Element) -> None:
    """Write into the tree what is shown without being its text: exponents, quotation marks,
    formulas, images that stand for characters, and the labels of drawings."""
    for el in list(root.iter("sup", "q", "math", "img", "svg")):
        if el.tag == "sup" and not len(el):
            el.text = _writable(raised(el.text or ""))
        elif el.tag == "q":
            el.text, el.tail = "“" + _writable(el.text), "”" + _writable(el.tail)
        elif el.tag == "img" and names(el) & MATHS:
            el.text = _writable(_tex(el.get("alt")))
        elif el.tag == "math":
            written = _tex(el.get("alttext")) or _formula(el)
            el.clear(keep_tail=True)
            el.text = _writable(written)
        elif el.tag == "svg":
            labels = [" ".join(" ".join(label.itertext()).split()) for label in el.iter(*_LABELS)]
            el.clear(keep_tail=True)
            if any(labels):
                el.tag, el.text = "figure", _writable("; ".join(filter(None, labels)))


def one_line(el: Element) -> str:
    """All the text of an element in one line."""
    from lxml import etree

    parts = []
    for event, node in etree.iterwalk(el, events=("start", "end")):
        parts.append(" " if node.tag in BLOCKS else "")
        if event == "start":
            parts.append(node.text or "")
        elif node is not el:
            parts.append(node.tail or "")
    return " ".join("".join(parts).split())


def folded(text: str | None) -> str:
    """Text with each run of white space made one space."""
    return _SPACE.sub(" ", text or "")


def _writable(text: str | None) -> str:
    return _UNWRITABLE.sub("", text or "")


def _tex(written: str | None) -> str:
    return _DISPLAYED.sub(r"\1", (written or "").strip())


def _formula(math: Element) -> str:
    for note in list(math.iter("annotation", "annotation-xml")):
        note.clear(keep_tail=True)
    for el in reversed(list(math.iter("mfrac", "msup", "msqrt"))):  # from the inside out
        parts = [_unspaced(part) for part in el]
        if el.tag == "msqrt":
            written = root(_unspaced(el))
        elif len(parts) != 2:
            continue
        else:
            written = fraction(*parts) if el.tag == "mfrac" else parts[0] + power(parts[1])
        el.clear(keep_tail=True)
        el.text = _writable(written)
    return _unspaced(math)


def _unspaced(el: Element) -> str:
    return "".join("".join(el.itertext()).split())
