"""E-books: the chapters in the order of the book, each under its heading."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from pp_qa.errors import LoadError
from pp_qa.loading.archives import open_zip, read_member, shortened
from pp_qa.loading.building import Parsed, TextBuilder, document
from pp_qa.loading.decoding import decode
from pp_qa.loading.foreign import parsing
from pp_qa.loading.html import parse_html
from pp_qa.types import Document

if TYPE_CHECKING:
    from zipfile import ZipFile

    from lxml.etree import _Element

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_PAGE_ENDS = (".xhtml", ".html", ".htm")
"""By which a page is known whose type says less than that, as `text/xml` or `application/octet-stream`."""
_MOST_NAMED = 5


class _Book(NamedTuple):
    """What an e-book says of itself: its chapters' places, and their titles where it lists them;
    `doubts` are what is to be said of that list."""

    title: str
    details: dict[str, str]
    chapters: list[str]
    titles: dict[str, str]
    doubts: list[str]


class EpubLoader:
    suffixes = (".epub",)

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        builder = TextBuilder()
        with open_zip(content) as archive, parsing("e-book"):
            _refuse_encrypted(archive)
            book = _book(archive)
            unread = _add_chapters(builder, archive, book)
        details = book.details | {"unread": unread}
        return document(path, doc_id, content, builder.parsed(book.title), details=details)


def _add_chapters(builder: TextBuilder, archive: ZipFile, book: _Book) -> str:
    """All chapters that can be read. Gives what is to be said of the others; raises LoadError
    where there is no text in the rest."""
    lost: dict[str, LoadError] = {}
    doubts = [*book.doubts]
    chapters: list[tuple[str, Parsed]] = []
    for place in book.chapters:
        try:
            markup, doubt = decode(read_member(archive, place))
            chapter = parse_html(markup)
        except LoadError as error:
            lost[shortened(place)] = error
            continue
        chapters.append((book.titles.get(place, ""), chapter))
        doubts += [f"{shortened(place)}: {doubt}"] if doubt else []
    level = _level(chapter for _, chapter in chapters)
    for title, chapter in chapters:
        if chapter.text.strip() and not chapter.headings:
            builder.heading(title, level)
        builder.include(chapter)
    if lost and not builder.length:
        raise next(iter(lost.values()))
    if lost:
        named = ", ".join([*lost][:_MOST_NAMED]) + (", …" if len(lost) > _MOST_NAMED else "")
        count = f"{len(lost)} of {len(book.chapters)} chapters"
        doubts.append(f"{count} can't be read ({named}); get the book anew")
    return "; ".join(doubts)


def _level(chapters: Iterable[Parsed]) -> int:
    """How deep the headings lie with which most chapters begin: so do those without one."""
    levels = Counter(chapter.headings[0].level for chapter in chapters if chapter.headings)
    return levels.most_common(1)[0][0] if levels else 1


def _refuse_encrypted(archive: ZipFile) -> None:
    if _ENCRYPTION not in archive.namelist():
        return
    methods = _xml(archive, _ENCRYPTION).iter("{*}EncryptionMethod")
    if any(method.get("Algorithm") not in _FONTS_ONLY for method in methods):
        raise LoadError("is protected against copying; get it without protection, or remove it")


def _book(archive: ZipFile) -> _Book:
    roots = [root.get("full-path", "") for root in _xml(archive, _CONTAINER).iter("{*}rootfile")]
    if not roots:
        raise LoadError("names no book in its container; get it anew, or remove it")
    package = _xml(archive, roots[0])
    items = {item.get("id", ""): item for item in package.iterfind("{*}manifest/{*}item")}
    chapters = []
    for reference in package.iterfind("{*}spine/{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None:  # the book doesn't say where it is
            chapters.append(reference.get("idref", ""))
        elif _is_page(item) and not _is_contents(item):
            chapters.append(_place(roots[0], item.get("href", "")))
    if not chapters:
        raise LoadError("has no chapters; get it anew, or remove it")
    said = {name: _said(package, name) for name in ("title", "publisher", "date")}
    details = {name: text for name, text in said.items() if text and name != "title"}
    titles, doubts = _titles(archive, roots[0], items.values())
    return _Book(said["title"], details, chapters, titles, doubts)


def _is_page(item: _Element) -> bool:
    ends = item.get("href", "").lower().endswith(_PAGE_ENDS)
    return ends or item.get("media-type", "").lower() in _PAGES


def _is_contents(item: _Element) -> bool:
    return "nav" in item.get("properties", "").split()


def _titles(
    archive: ZipFile, root: str, items: Iterable[_Element]
) -> tuple[dict[str, str], list[str]]:
    """Each chapter's place with its title in the table of contents, of either version; and which
    tables can't be read, without which the chapters still can."""
    titles: dict[str, str] = {}
    lost: list[str] = []
    for item in items:
        place = _place(root, item.get("href", ""))
        if place not in archive.namelist():
            continue
        try:
            titles |= _listed(archive, place, item)
        except LoadError:
            lost.append(f"the list of chapters {shortened(place)} can't be read; get the book anew")
    return titles, lost


def _listed(archive: ZipFile, place: str, item: _Element) -> dict[str, str]:
    """What a table of contents lists; nothing where the item is none. Of a place that is listed
    several times, the first title."""
    titles = {}
    if _is_contents(item):
        for link in reversed(list(_xml(archive, place).iter("{*}a"))):
            titles[_place(place, link.get("href", ""))] = " ".join("".join(link.itertext()).split())
    elif item.get("media-type") == "application/x-dtbncx+xml":
        for point in reversed(list(_xml(archive, place).iter("{*}navPoint"))):
            target = point.find("{*}content")
            if target is not None:
                text = point.findtext("{*}navLabel/{*}text") or ""
                titles[_place(place, target.get("src", ""))] = " ".join(text.split())
    return titles


def _place(base: str, href: str) -> str:
    """Where a reference leads to in the archive."""
    name = unquote(href.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), name))


def _said(package: _Element, name: str) -> str:
    found = package.find(f"{{*}}metadata/{{http://purl.org/dc/elements/1.1/}}{name}")
    return "" if found is None else " ".join("".join(found.itertext()).split())


def _xml(archive: ZipFile, name: str) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    xml = read_member(archive, name)
    root = etree.fromstring(xml, parser) if xml else None
    if root is None:
        raise LoadError(f"has a part ({name!a}) that is no XML; get it anew, or remove it")
    return root


LOADER = EpubLoader()
