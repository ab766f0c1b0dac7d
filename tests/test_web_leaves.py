"""The text of an open document, leaf by leaf: what the source pane shows and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_http_api import served
from test_web_views import HOSTILE, Reader, cite, stored

from pp_qa.assistant import Assistant
from pp_qa.interfaces.web import leaves, source
from pp_qa.interfaces.web.leaves import Marks
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document
from pp_qa.types import Document, Page, Span

LINES = "".join(f"Line {n} of a long book, <b>with marks</b>.\n\n" for n in range(2_000))


@given(st.data())
def test_leaves_tile_the_text_and_cut_no_quote(data: st.DataObject) -> None:
    """Joined in order they are the text; one is long only where a quote or a line is."""
    piece = data.draw(st.sampled_from(["word ", "line\n", "end.\n\n", "文", "e\u0301"]))
    text = piece * data.draw(st.integers(0, 60_000 // len(piece)))
    spans = []
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, max(0, len(text) - 1)))
        spans.append(Span(start, min(len(text), start + data.draw(st.integers(1, 6_000)))))

    made = leaves.leaves(text, spans)

    assert "".join(leaf.of(text) for leaf in made) == text
    assert all(any(leaf.contains(s) for leaf in made) for s in spans)
    most = leaves.LONGEST_LINE + sum(map(len, spans))
    assert all(0 < len(leaf) <= most or not text for leaf in made)


def test_leaves_of_ordinary_text_end_with_lines() -> None:
    """Paragraphs are not torn apart."""
    made = leaves.leaves(LINES)
    assert len(made) > 10
    assert all(leaf.of(LINES).endswith("\n") for leaf in made)
    assert all(leaves.LEAF <= len(leaf) < leaves.LEAF + 60 for leaf in made[:-1])


def test_a_long_document_comes_with_little_of_its_text() -> None:
    """What lies far from the quote is left out, and every leaf is there to be filled in."""
    document = make_document(LINES)
    at = LINES.index("Line 1900")
    pane = source.pane(cite(document, at, at + 9), document, Span(at, at + 40), 1)

    starts = [int(value or 0) for name, value in Reader(pane).attributes if name == "data-start"]
    assert starts == [leaf.start for leaf in leaves.leaves(document.text)]
    assert len(Reader(pane).text) < 5 * leaves.LEAF
    assert "Line 1900" in Reader(pane).marked
    assert "Line 5 " not in pane


def test_the_other_quotes_of_the_document_can_be_opened() -> None:
    """They are marked by their numbers, wherever they stand; one of another text is not."""
    document = make_document(LINES)
    at = LINES.index("Line 1700 of")
    first, second = cite(document, 0, 6), cite(document, at, at + 12, number=2)
    elsewhere = replace(second, number=3, quote=replace(second.quote, doc_id="b.txt"))
    changed = replace(second, number=4, quote=replace(second.quote, text="no longer so"))

    pane = source.pane(first, document, Span(0, 40), 7, quotes=(first, second, elsewhere, changed))

    assert Reader(pane).text.count(second.quote.text) == 1
    assert 'data-turn="7" data-number="2"' in pane
    assert "Quote 1 of 4" in Reader(pane).text
    assert ("title", "Quote 2: open it") in Reader(pane).attributes
    assert "Quote 3: open it" not in pane
    assert "Quote 4: open it" not in pane


def test_a_quote_with_a_heading_in_it_is_one_mark() -> None:
    """However its parts look, and the part that answers is set off within it."""
    document = make_document("# Top\n\nFirst here.\n\n## Low\n\nSecond here.\n", "a.md")
    citation = cite(document, 7, len(document.text) - 1)
    at = document.text.index("Second")
    quote = replace(citation.quote, highlight=Span(at, at + 6))

    shown = leaves.styled(document, Span(0, len(document.text)), Marks(1, quote, Span(0, 9), 1))

    assert Reader(shown).tags.count("mark") == 1
    assert Reader(shown).marked == citation.quote.text
    assert "<strong>Second</strong>" in shown
    assert '<span class="heading">## Low' in shown or '<span class="heading">Low' in shown


def test_pages_show_where_they_begin() -> None:
    """Drawn, so that the text stays what it is; a document of one page has no signs."""
    document = make_document(LINES)
    pages = (Page(1, "i", Span(0, 41)), Page(2, HOSTILE, Span(41, 41)), Page(3, "1", Span(41, 900)))
    paged = replace(document, pages=pages)
    read = Reader(leaves.styled(paged, Span(0, 900)))

    assert read.text == document.text[:900]
    names = [value for name, value in read.attributes if name == "data-name"]
    assert names == ["page i", "page 1"]
    assert "folio" not in leaves.styled(replace(document, pages=pages[:1]), Span(0, 900))


def test_a_page_begins_with_its_first_letter() -> None:
    """Its sign isn't drawn beside the last line of the page before."""
    text = "First slide\n\nSecond slide\n"
    document = make_document(text, "talk.txt")
    pages = (Page(1, "1", Span(0, 11)), Page(2, "2", Span(11, len(text))))

    shown = leaves.styled(replace(document, pages=pages), Span(0, len(text)))

    before, _ = shown.split('<span class="folio" data-index="1"')
    assert Reader(before).text == "First slide\n\n"


@pytest.mark.parametrize(("part", "told"), [((6, 12), "[6, 12]"), ((0, 24), "[]")])
def test_the_pages_are_told_which_part_answers(part: tuple[int, int], told: str) -> None:
    """Where that is a part of the quote only."""
    document = make_document("Anyone sleeps in the bay.\n", "a.txt")
    citation = cite(document, 0, 24)
    citation = replace(citation, quote=replace(citation.quote, highlight=Span(*part)))

    pane = source.pane(citation, document, Span(0, 24), 1)

    assert ("data-answer", told) in Reader(pane).attributes


# ── over HTTP ────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def stores() -> list[MemoryStore]:
    """What the index was and is: the page follows the last."""
    return [stored(LINES, "sub/a b&c.txt")]


@pytest.fixture(scope="module")
def client(stores: list[MemoryStore]) -> Iterator[httpx.Client]:
    parts = (stores[0], FakeEmbedder(), FakeReader(), Settings(), 0.5, lambda _: stores[-1])
    yield from served(Assistant(*parts))


def asked(document: Document, start: int, end: int) -> dict[str, str | int]:
    revision = leaves.revision(document)
    return {"document": document.doc_id, "revision": revision, "start": start, "end": end}


def test_more_of_the_text_is_given_leaf_by_leaf(
    client: httpx.Client, stores: list[MemoryStore]
) -> None:
    """A stretch comes as it is stored, escaped, and is kept nowhere."""
    document = stores[0].document("sub/a b&c.txt")
    reply = client.get("/page/text", params=asked(document, 4_000, 9_000))

    assert reply.status_code == 200
    assert Reader(reply.text).text == document.text[4_000:9_000]
    assert Reader(reply.text).tags == []
    assert reply.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in reply.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["b.txt", "../a.txt", "/etc/passwd", "..%2f..%2fetc%2fpasswd"])
def test_only_documents_of_the_index_are_given(
    client: httpx.Client, stores: list[MemoryStore], name: str
) -> None:
    """A path, of whatever kind, is no document."""
    document = stores[0].document("sub/a b&c.txt")
    reply = client.get("/page/text", params=asked(document, 0, 10) | {"document": name})
    assert reply.status_code == 404
    assert "no longer among the documents" in reply.json()["message"]


@pytest.mark.parametrize(("start", "end"), [(5, 5), (9, 5), (-1, 5), (0, 10**9), (0, 100_001)])
def test_a_stretch_lies_in_the_text_and_has_its_bound(
    client: httpx.Client, stores: list[MemoryStore], start: int, end: int
) -> None:
    """What is no such stretch is refused."""
    document = stores[0].document("sub/a b&c.txt")
    assert client.get("/page/text", params=asked(document, start, end)).status_code == 422


def test_pages_of_other_web_sites_are_refused(
    client: httpx.Client, stores: list[MemoryStore]
) -> None:
    """Neither a foreign name nor a foreign page reads a document."""
    document = stores[0].document("sub/a b&c.txt")
    for headers, status in (
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ):
        reply = client.get("/page/text", params=asked(document, 0, 99), headers=headers)
        assert reply.status_code == status
        assert "long book" not in reply.text


def test_text_of_another_revision_is_not_mixed_in(
    client: httpx.Client, stores: list[MemoryStore]
) -> None:
    """Once the document has changed, the one that is open gets no more text, and it is said."""
    document = stores[0].document("sub/a b&c.txt")
    stores.append(stored(LINES.replace("Line 1 ", "Line one "), "sub/a b&c.txt"))
    reply = client.get("/page/text", params=asked(document, 0, 99))
    assert reply.status_code == 409
    assert "has changed since; open the quote again" in reply.json()["message"]
    changed = stores[-1].document("sub/a b&c.txt")
    assert client.get("/page/text", params=asked(changed, 0, 99)).status_code == 200
    stores.pop()


def test_words_are_found_in_all_of_the_text(
    client: httpx.Client, stores: list[MemoryStore]
) -> None:
    """With their places, and whether there are more than are given."""
    document = stores[0].document("sub/a b&c.txt")
    about = {"document": document.doc_id, "revision": leaves.revision(document)}

    told = client.get("/page/finds", params=about | {"wanted": "LINE 1900 of"}).json()
    at = LINES.index("Line 1900 of")
    assert told == {"finds": [[at, at + 12]], "more": False}

    told = client.get("/page/finds", params=about | {"wanted": "l"}).json()
    assert len(told["finds"]) == 2_000
    assert told["more"]
    assert client.get("/page/finds", params=about | {"wanted": "x" * 201}).status_code == 422


def test_only_a_text_that_is_all_there_has_a_field_to_find_words() -> None:
    """Of a document that is gone, what was kept is all in the page."""
    document = make_document(LINES)
    citation = cite(document, 0, 6)
    for now in (True, False):
        pane = source.pane(citation, document, Span(0, 40), 1, now=now)
        assert ("Find in this document" in pane) is now
