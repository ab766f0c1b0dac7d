"""What stands on a sheet beside its cells: notes on them, text boxes, the titles of charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zipfile import ZipFile

from pp_qa.loading.archives import read_member

if TYPE_CHECKING:
    from lxml.etree import _Element

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def beside_cells(archive: ZipFile, sheet: str) -> Iterator[str]:
    """The texts of a sheet's notes and drawings, a paragraph each. The numbers of a chart are
    those of cells."""
    parts = list(_parts_of(archive, sheet))
    said = [_root(archive, place) for kind, place in parts if kind == "threadedComment"]
    talks = [comment for root in said for comment in root.iter("{*}threadedComment")]
    talked_on = {comment.get("ref") for comment in talks}
    for comment in talks:
        if text := _joined(comment, "{*}text"):
            yield f"Note on {comment.get('ref', '')}: {text}"
    for kind, place in parts:
        if kind == "comments":
            for note in _root(archive, place).iter("{*}comment"):
                # under a talk it says how old programs can't show that
                if note.get("ref") not in talked_on and (text := _joined(note, "{*}t")):
                    yield f"Note on {note.get('ref', '')}: {text}"
        elif kind == "drawing":
            yield from _paragraphs(archive, place)
            for inner, chart in _parts_of(archive, place):
                if inner == "chart":
                    yield from _paragraphs(archive, chart)


def _parts_of(archive: ZipFile, place: str) -> Iterator[tuple[str, str]]:
    """The kinds and places of the parts that a part refers to."""
    from openpyxl.packaging.relationship import get_dependents, get_rels_path

    rels = get_rels_path(place)
    if rels not in archive.namelist():
        return
    for relation in get_dependents(archive, rels):
        if relation.TargetMode != "External" and relation.target in archive.namelist():
            yield relation.Type.rpartition("/")[2], relation.target


def _paragraphs(archive: ZipFile, place: str) -> Iterator[str]:
    root = _root(archive, place)
    for other in list(root.iter("{*}Fallback")):  # what old programs show instead
        other.clear()
    for paragraph in root.iter(f"{_A}p"):
        if text := _joined(paragraph, f"{_A}t"):
            yield text


def _joined(parent: _Element, name: str) -> str:
    return " ".join("".join(t.text or "" for t in parent.iter(name)).split())


def _root(archive: ZipFile, place: str) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(read_member(archive, place), parser)
    return etree.Element("none") if root is None else root
