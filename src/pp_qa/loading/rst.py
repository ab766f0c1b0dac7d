"""reStructuredText, parsed by docutils, as its reader sees it: roles and directives resolved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.loading.building import Parsed, TextBuilder, document
from pp_qa.loading.decoding import decode
from pp_qa.loading.foreign import parsing
from pp_qa.loading.html import numeral, parse_html
from pp_qa.loading.rst_extensions import accept
from pp_qa.types import BlockKind, Document, Span

if TYPE_CHECKING:
    from docutils import nodes

_SETTINGS = {
    "_disable_config": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "file_insertion_enabled": False,
    "raw_enabled": True,
    "halt_level": 5,
    "report_level": 5,
    "warning_stream": False,
    "input_encoding": "unicode",
    "line_length_limit": 1_000_000_000,
    "smart_quotes": False,
    "syntax_highlight": "none",
}
_UNSHOWN = frozenset(
    [
        "comment",
        "decoration",
        "pending",
        "raw",
        "substitution_definition",
        "system_message",
        "target",
    ]
)
_LITERAL = frozenset(["literal_block", "doctest_block", "math_block"])
_STYLES = {"loweralpha": "a", "upperalpha": "A", "lowerroman": "i", "upperroman": "I"}
_ALT_WORDS = 3
_LOST = 3
"""The level from which a message of docutils stands in place of what it is about."""
_MARGIN = "  "


class RstLoader:
    suffixes = (".rst",)

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        text, unread = decode(content)
        return document(path, doc_id, content, parse_rst(text), details={"unread": unread})


def parse_rst(text: str) -> Parsed:
    """The text of a source, however many mistakes it has, its blocks, headings and title.

    Raises LoadError where its parts are nested too deeply to be read.
    """
    from docutils.core import publish_doctree

    page = _Page()
    with parsing("reStructuredText"):
        accept(text)
        page.read(publish_doctree(text, settings_overrides=dict(_SETTINGS)))
    found = page.builder.parsed()
    return Parsed(
        found.text, found.blocks, found.headings, next((h.title for h in found.headings), "")
    )


class _Page:
    """Walks the tree that docutils makes and puts the text together."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self._depth = 0
        self._lists = 0
        self._marker = ""
        self._is_first = False
        self._term: Span | None = None
        self._label = ""

    def read(self, node: nodes.Node) -> None:
        """Append what a node holds."""
        name = type(node).__name__
        if name == "system_message" and node["level"] >= _LOST:
            self._source(node)
        if name == "raw" and "html" in node["format"].split():
            self.builder.include(parse_html(node.astext()))
        if name in _UNSHOWN:
            return
        if name in _LITERAL:
            self._add(node.astext(), "item")
        elif visit := getattr(self, f"_{name}", None):
            visit(node)
        elif _is_admonition(node):
            self._label = f"{name.title()}: "
            self._children(node)
        elif _is_text(node):
            self._add(" ".join(shown(node).split()), "prose")
        else:
            self._children(node)

    def _children(self, node: nodes.Element) -> None:
        for child in node.children:
            self.read(child)

    def _add(self, text: str, kind: BlockKind) -> None:
        """Append a paragraph at its place in the lists that are open."""
        margin, gap = _MARGIN * self._lists, "\n\n"
        if self._lists:
            first = self._lists == 1 and self._is_first
            outer = margin.removesuffix(_MARGIN) if self._marker else margin
            gap = "\n\n" if first else f"\n{outer}"
            self._is_first = False
        elif self._term:
            gap = "\n"
        listed = bool(self._lists or self._term or kind == "item")
        whole = self._marker + self._label + text.replace("\n", f"\n{margin}")
        self.builder.add(whole, "item" if listed else "prose", gap=gap, lead=self._term)
        self._marker = self._label = ""

    def _source(self, message: nodes.Element) -> None:
        """Append the source of what docutils could make nothing of."""
        for part in message.children:
            if type(part).__name__ == "literal_block":
                self._add(part.astext(), "item")

    def _section(self, node: nodes.Element) -> None:
        self._depth += 1
        self._children(node)
        self._depth -= 1

    def _title(self, node: nodes.Element) -> None:
        if type(node.parent).__name__ == "section":
            self.builder.heading(shown(node), self._depth)
        else:
            self._add(" ".join(shown(node).split()), "prose")

    def _topic(self, node: nodes.Element) -> None:
        if "contents" not in node["classes"]:
            self._children(node)

    def _bullet_list(self, node: nodes.Element) -> None:
        self._list(node, ["- "] * len(node.children))

    def _enumerated_list(self, node: nodes.Element) -> None:
        start = node.get("start", 1)
        numbers = range(start, start + len(node.children))
        style = node.get("enumtype", "arabic")
        before, after = node.get("prefix", ""), node.get("suffix", ".")
        self._list(
            node, [f"{before}{numeral(n, _STYLES.get(style, '1'))}{after} " for n in numbers]
        )

    def _list(self, node: nodes.Element, markers: list[str]) -> None:
        self._is_first = self._lists == 0
        self._lists += 1
        for item, marker in zip(node.children, markers, strict=True):
            self._marker = marker
            self._children(item)
            self._marker = ""
        self._lists -= 1

    def _definition_list_item(self, node: nodes.Element) -> None:
        terms = [shown(c) for c in node.children if type(c).__name__ in ("term", "classifier")]
        outer = self._term
        if not self._lists:
            self._term = self.builder.add(" : ".join(terms), "lead")
        else:
            self._add(" : ".join(terms), "item")
        self._children(node.children[-1])
        self._term = outer

    def _field(self, node: nodes.Element) -> None:
        name, body = node.children
        if text := " ".join(shown(body).split()):
            self.builder.add(f"{shown(name)}: {text}", "item", gap=_gap(node), complete=True)

    def _option_list_item(self, node: nodes.Element) -> None:
        options = ", ".join(option.astext() for option in node.children[0].children)
        told = " ".join(shown(node.children[1]).split())
        self.builder.add(f"{options}: {told}", "item", gap=_gap(node), complete=True)

    def _line_block(self, node: nodes.Element) -> None:
        lines = (shown(line) for line in node.findall() if type(line).__name__ == "line")
        self._add("\n".join(" ".join(line.split()) for line in lines), "prose")

    def _footnote(self, node: nodes.Element) -> None:
        for child in node.children:
            if type(child).__name__ != "label":
                self.read(child)

    _citation = _footnote

    def _image(self, node: nodes.Element) -> None:
        if len((alt := node.get("alt", "")).split()) >= _ALT_WORDS:
            self._add(alt, "prose")

    def _table(self, node: nodes.Element) -> None:
        header: list[str] = []
        gap = "\n\n"
        for group in node.children:
            if type(group).__name__ != "tgroup":
                self.read(group)
                continue
            for row, is_head in _rows(group):
                if is_head:
                    header = [f"{a} {b}".strip() for a, b in zip(header, row, strict=False)] or row
                else:
                    self.builder.row(header, row, gap=gap)
                    gap = "\n"
        if header and gap != "\n":
            self.builder.row([], header, gap=gap)


def shown(node: nodes.Node) -> str:
    """The text of a node as a reader sees it: references to notes are left out."""
    from docutils import nodes

    if isinstance(node, nodes.Text):
        return str(node.astext())
    if type(node).__name__ in _UNSHOWN or isinstance(node, nodes.image):
        return ""
    between, text = "" if isinstance(node, nodes.TextElement) else " ", ""
    for child in node.children:
        if isinstance(child, nodes.footnote_reference):
            text = text.rstrip()
        else:
            text += (between if text else "") + shown(child)
    return text


def _gap(node: nodes.Element) -> str:
    """What stands before a line of a list of fields or options."""
    return "\n\n" if node is node.parent.children[0] else "\n"


def _is_text(node: nodes.Node) -> bool:
    from docutils import nodes

    return isinstance(node, nodes.TextElement | nodes.Text)


def _is_admonition(node: nodes.Node) -> bool:
    from docutils import nodes

    return isinstance(node, nodes.Admonition) and not isinstance(node, nodes.admonition)


def _rows(group: nodes.Element) -> Iterator[tuple[list[str], bool]]:
    """The rows of a table and whether they name its columns; cells that span several are
    repeated in each."""
    from docutils import nodes

    hanging: dict[int, tuple[int, str]] = {}
    for row in group.findall(nodes.row):
        cells: list[str] = []
        for entry in row.children:
            _take(hanging, cells)
            text = " ".join(shown(entry).split())
            for _ in range(entry.get("morecols", 0) + 1):
                if down := entry.get("morerows", 0):
                    hanging[len(cells)] = (down, text)
                cells.append(text)
        _take(hanging, cells)
        yield cells, isinstance(row.parent, nodes.thead)


def _take(hanging: dict[int, tuple[int, str]], cells: list[str]) -> None:
    """Append the cells that reach down from rows above."""
    while len(cells) in hanging:
        left, text = hanging.pop(len(cells))
        if left > 1:
            hanging[len(cells)] = (left - 1, text)
        cells.append(text)


LOADER = RstLoader()
