"""HTML: the page's own text, put together from its elements, without what frames it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.errors import LoadError
from pp_qa.loading.building import Parsed, TextBuilder, document
from pp_qa.loading.decoding import decode
from pp_qa.loading.html_furniture import HEADINGS, MAIN, MOSTLY, is_menu, letter_count, prune
from pp_qa.loading.html_inline import BLOCKS, folded, one_line, settle
from pp_qa.loading.html_tables import add_table, as_tables, is_data
from pp_qa.loading.structure import Heading, is_navigation
from pp_qa.types import BlockKind, Document, Span

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DECLARED = re.compile(
    rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]+)"
    rb"|^\s*<\?xml\b[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]+)",
    re.IGNORECASE,
)
_HEAD = 4096
"""How far into a page it says what encoding and language of markup it is in."""
_XHTML = re.compile(r"<\?xml\b|<html\b[^>]*\bxmlns\s*=", re.IGNORECASE)
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
_SELF_CLOSED = re.compile(rf"<(?!(?:{_VOID})\b)([a-zA-Z][\w:-]*)((?:\s[^<>]*)?)/>")
_NESTING = re.compile(r"</?(?!(?:h[1-6]|p|br|title|script|style)\b)[a-zA-Z][^<>]*>", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>[^<]*", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\s*\n\s*\n\s*")
_DIGITS = re.compile(r"[0-9]{1,6}")
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)
_LISTS = frozenset({"ul", "ol"})
_MARGIN = "  "
_FEWEST_LINKS = 3
_ALT_WORDS = 3
"""Words of an alternative text that describes an image; shorter ones name icons."""


class HtmlLoader:
    suffixes = (".htm", ".html", ".xhtml")

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        declared = _DECLARED.search(content[:_HEAD])
        encoding = (declared.group(1) or declared.group(2)).decode() if declared else None
        markup, unread = decode(content, encoding)
        return document(path, doc_id, content, parse_html(markup), details={"unread": unread})


def parse_html(markup: str) -> Parsed:
    """The text of a page or of a part of one, its blocks, headings and title.

    Raises LoadError when elements are nested too deeply to be read.
    """
    root = _tree(markup)
    if root is None:
        return Parsed("", (), ())
    named = next((one_line(el) for el in root.iter("title")), "")
    prune(root)
    settle(root)
    as_tables(root)
    page = _Page(root)
    page.read(root)
    found = page.parsed()
    return replace(found, title=_title(named, found.headings))


def _tree(markup: str) -> Element | None:
    """The elements of a page, however broken its markup is; None for one without any."""
    if _XHTML.search(markup[:_HEAD]):
        markup = _SELF_CLOSED.sub(r"<\1\2></\1>", markup)
    markup = _with_title_closed(markup)
    root, whole = _parsed(markup)
    if not whole:
        root, whole = _parsed(_NESTING.sub("\n", markup))
    if not whole:
        raise LoadError("has elements nested too deeply to be read; save it as text")
    return root


def _with_title_closed(markup: str) -> str:
    """The whole page is the title where nothing closes it."""
    return markup if "</title" in markup.lower() else _TITLE.sub(r"\g<0></title>", markup, count=1)


def _parsed(markup: str) -> tuple[Element | None, bool]:
    """The elements, and whether the parser got to the end."""
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # there is not one element
        root = None
    limits = (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NO_MEMORY)
    return root, not any(error.type in limits for error in parser.error_log)


@dataclass(slots=True)
class _List:
    """A list that is open: the number of its next item, by how much the numbers go on, and whether
    it only leads elsewhere."""

    element: Element
    is_menu: bool
    number: int
    step: int = 1
    is_new: bool = True


class _Page:
    """Walks the elements of a page and puts its text together."""

    def __init__(self, root: Element) -> None:
        self._builder = TextBuilder()
        self._inline: list[str] = []
        self._images: list[str] = []
        self._lists: list[_List] = []
        self._marker = ""
        self._terms: list[str] = []
        self._term: Span | None = None
        self._links = (0, 0)
        self._main = 0
        self._said = {one_line(el) for el in root.iter("figcaption", *HEADINGS)}

    def read(self, root: Element) -> None:
        from lxml import etree

        walker = etree.iterwalk(root, events=("start", "end"))
        for event, el in walker:
            if event == "end":
                self._close(el)
            elif self._take_whole(el):
                walker.skip_subtree()
            else:
                self._open(el)
        self._flush()

    def parsed(self) -> Parsed:
        return self._builder.parsed()

    def _take_whole(self, el: Element) -> bool:
        """Append an element that is one block or a table; False for any other."""
        if not (
            el.tag in HEADINGS or el.tag in ("dt", "pre", "table", "textarea") or _is_heading(el)
        ):
            return False
        if el.tag == "table" and not is_data(el):
            return False
        self._flush()
        if el.tag == "table":
            add_table(self._builder, el)
        elif el.tag in ("pre", "textarea"):
            for line_break in el.iter("br"):
                line_break.text = "\n"
            self._add("".join(el.itertext()), "item")
        elif el.tag == "dt":
            self._terms.append(one_line(el))
            below = el.getnext()
            if below is None or below.tag != "dt":
                self._add_terms(together=below is not None and below.tag == "dd")
        else:
            self._builder.heading(one_line(el), _level(el))
        return True

    def _open(self, el: Element) -> None:
        if el.tag == "br":
            self._inline.append("\n")
        elif el.tag in BLOCKS:
            self._flush()
        elif el.tag == "a":
            self._links = (self._links[0] + 1, self._links[1] + letter_count(one_line(el)))
        elif el.tag == "img" and el.text is None:
            self._images.append(el.get("alt") or "")
        if el.tag in MAIN:
            self._main += 1
        elif el.tag in _LISTS:
            leads_away = not (self._main or self._lists) and is_menu(el)
            backwards = el.tag == "ol" and el.get("reversed") is not None
            first = len(el.findall("li")) if backwards else 1
            step = -1 if backwards else 1
            self._lists.append(_List(el, leads_away, _number(el, "start", first), step))
        elif el.tag == "li":
            self._marker = self._next_marker(el)
        self._inline.append(folded(el.text))

    def _close(self, el: Element) -> None:
        if el.tag in BLOCKS and el.tag != "br":
            self._flush()
        if el.tag in MAIN:
            self._main -= 1
        elif el.tag in _LISTS:
            self._lists.pop()
        elif el.tag == "li":
            self._marker = ""
        elif el.tag == "dl":
            self._term = None
        elif el.tag == "label":  # what it names was drawn beside it
            self._inline.append(" ")
        self._inline.append(folded(el.tail))

    def _next_marker(self, item: Element) -> str:
        if not self._lists or self._lists[-1].element.tag == "ul":
            return "- "
        numbered = self._lists[-1]
        number = _number(item, "value", numbered.number)
        numbered.number = number + numbered.step
        return f"{numeral(number, numbered.element.get('type') or '1')}. "

    def _flush(self) -> None:
        """Append what was gathered since the last border between blocks."""
        text, (links, linked) = "".join(self._inline), self._links
        self._inline, self._links = [], (0, 0)
        leads_away = links >= _FEWEST_LINKS and linked > MOSTLY * sum(map(str.isalnum, text))
        for paragraph in _PARAGRAPHS.split(text):
            lines = [line for part in paragraph.split("\n") if (line := " ".join(part.split()))]
            asks = bool(lines) and lines[0].endswith("?") and not self._lists
            for together in (lines[:1], lines[1:]) if asks else (lines,):
                if tidy := "\n".join(together):
                    self._add(tidy, self._kind(tidy, leads_away and not self._main))
        images, self._images = self._images, []
        for described in (" ".join(alt.split()) for alt in images):
            if len(described.split()) >= _ALT_WORDS and described not in self._said:
                self._add(described, self._kind(described, leads_away=False))

    def _kind(self, text: str, leads_away: bool) -> BlockKind:
        if self._lists:
            return "navigation" if self._lists[0].is_menu else "item"
        if self._term:
            return "item"
        return "navigation" if leads_away or is_navigation(text) else "prose"

    def _add_terms(self, together: bool) -> None:
        """Append the terms that stand under each other; where a definition is of all of them, as one."""
        for term in ["\n".join(self._terms)] if together else self._terms:
            self._term = self._builder.add(term, "lead")
        self._terms = []

    def _add(self, text: str, kind: BlockKind) -> None:
        """Append a block at its place in the lists that are open."""
        margin, gap = _MARGIN * len(self._lists), "\n\n"
        if self._lists:
            first = len(self._lists) == 1 and self._lists[0].is_new
            outer = margin.removesuffix(_MARGIN)
            gap = "\n\n" if first else "\n" + (outer if self._marker else margin)
            self._lists[0].is_new = False
        elif self._term and kind == "item":
            gap = "\n"
        text = self._marker + text.strip("\n").rstrip().replace("\n", "\n" + margin)
        self._builder.add(text, kind, gap=gap, lead=self._term if kind == "item" else None)
        self._marker = ""


def _title(named: str, headings: Sequence[Heading]) -> str:
    """A page is called as its one chief heading says, or as that heading does which its title
    repeats first, or as its title says."""
    chief = [h.title for h in headings if h.level == 1]
    if len(chief) != 1:
        said = named.casefold()
        repeated = [title for title in chief if title.casefold() in said]
        chief = sorted(repeated, key=lambda title: said.index(title.casefold()))
    return next(filter(None, [*chief[:1], named, *(h.title for h in headings)]), "")


def _is_heading(el: Element) -> bool:
    return el.get("role") == "heading" and el.tag not in MAIN


def _level(el: Element) -> int:
    return _number(el, "aria-level", int(el.tag[1]) if el.tag in HEADINGS else 2)


def _number(el: Element, name: str, default: int) -> int:
    value = (el.get(name) or "").strip()
    return int(value) if _DIGITS.fullmatch(value) else default


def numeral(number: int, style: str) -> str:
    """A number as the items of a list are numbered: 1, a, A, i or I."""
    if number < 1 or (style in "aA" and number > 26) or (style in "iI" and number > 3999):
        return str(number)
    if style in "aA":
        return chr(ord(style) + number - 1)
    if style not in "iI":
        return str(number)
    written = ""
    for value, numeral in _ROMAN:
        written += numeral * (number // value)
        number %= value
    return written if style == "i" else written.upper()


LOADER = HtmlLoader()
