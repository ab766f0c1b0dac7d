"""What is saved says what was answered, in each format, and nothing in it acts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pp_qa.interfaces.web.downloads import file_name
from pp_qa.interfaces.web.exchanges import Exchange
from pp_qa.interfaces.web.exporting import KINDS, as_json, exported, markdown, page
from pp_qa.interfaces.web.history import Kept, Surroundings
from pp_qa.types import Abstention, Answer, Citation, Coverage, Quote, Span

HOSTILE = "<script>x</script> ![i](http://e/x.png) [a](http://e) `c` $x$ &amp; <b>\u202egnp"
TEXT = f"First {HOSTILE}\n\n# no heading\n- no item\n1. none\n> none\n\n    no code\n---\n***\n"


def cite(number: int, doc_id: str, text: str, page: int | None = None) -> Citation:
    span = Span(10, 10 + len(text))
    quote = Quote(doc_id, "p", span, text, 0.5, span)
    return Citation(number, quote, f"Title of {doc_id}", doc_id, (HOSTILE,), page, True)


def answer(*citations: Citation, question: str = "q?") -> Exchange:
    return Exchange(1, question, Answer(question, question, citations, 0.8, 3, Coverage(2, 9), {}))


def abstention(*citations: Citation) -> Exchange:
    reply = Abstention("q?", "q?", "no_answer", citations, 0.1, 3, Coverage(2, 9, ("x.pdf",)), {})
    return Exchange(2, "q?", reply)


def test_json_has_the_shape_of_citations() -> None:
    """Characters from 0, pages from 1, both ends exclusive; documents by their index."""
    a, b = cite(1, "a.txt", "One."), cite(2, "b.pdf", "Two, over two pages.", 7)
    again = cite(1, "a.txt", "Three.")
    around = {2: Surroundings("", "", 8)}
    kept = [Kept(answer(a, b), around), Kept(answer(again), {})]

    value = json.loads(as_json("A chat", kept))

    assert [d["document"] for d in value["documents"]] == ["a.txt", "b.pdf"]
    asked, first, _, second = value["messages"]
    assert asked["role"] == "user"
    assert asked["content"] == [{"type": "text", "text": "q?"}]
    one, two = first["content"]
    assert one["text"] == "One."
    assert one["citations"] == [
        {
            "type": "char_location",
            "cited_text": "One.",
            "document_index": 0,
            "document_title": "Title of a.txt",
            "start_char_index": 10,
            "end_char_index": 14,
        }
    ]
    assert two["citations"][1] == {
        "type": "page_location",
        "cited_text": "Two, over two pages.",
        "document_index": 1,
        "document_title": "Title of b.pdf",
        "start_page_number": 7,
        "end_page_number": 9,
    }
    assert second["content"][0]["citations"][0]["document_index"] == 0
    assert first["confidence"] == 0.8
    assert first["answered"] is True


def test_an_abstention_cites_nothing_as_an_answer() -> None:
    """The nearest text is apart from the content, in every format said to be no answer."""
    kept = [Kept(abstention(cite(1, "a.txt", "Near.")), {})]
    message = json.loads(as_json("t", kept))["messages"][1]
    assert message["content"] == [{"type": "text", "text": "Not in these documents."}]
    assert message["nearest"][0]["citations"][0]["cited_text"] == "Near."
    for text in (markdown("t", kept), page("t", kept)):
        assert "Not in these documents." in text
        assert text.index("which is no answer") < text.index("Near.")


@pytest.mark.parametrize("ending", KINDS)
def test_a_quote_that_no_longer_holds_is_marked(ending: str) -> None:
    """Its text stays what it was."""
    old = replace(cite(1, "a.txt", "It was so."), current=False)
    text = exported(ending, "t", [Kept(answer(old), {})])
    assert "It was so." in text
    assert "changed since" in text or '"current": false' in text


@pytest.mark.parametrize("ending", KINDS)
def test_an_answer_that_may_be_about_something_else_says_so(ending: str) -> None:
    """What no document has of the question is kept with what was quoted all the same."""
    given = answer(cite(1, "a.txt", "It was so."))
    assert isinstance(given.reply, Answer)
    doubtful = replace(given, reply=replace(given.reply, absent=("Zanzibar",)))
    assert "Zanzibar" in exported(ending, "t", [Kept(doubtful, {})])


class Seen(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_loads_and_runs_nothing() -> None:
    """No script, no address, and a policy that would forbid them; the text is all there."""
    kept = [Kept(answer(cite(1, "a.txt", TEXT), question=HOSTILE), {})]
    seen = Seen(page(HOSTILE, kept))
    assert {"script", "img", "a", "link", "iframe", "form"}.isdisjoint(seen.tags)
    assert not [k for k, _ in seen.attributes if k in ("src", "href", "srcset") or k[:2] == "on"]
    policy = dict(seen.attributes)["content"] or ""
    assert "default-src 'none'" in " ".join(v or "" for _, v in seen.attributes)
    assert "unsafe-eval" not in policy
    assert "url(" not in page(HOSTILE, kept).split("</style>")[0]
    assert "no heading\n- no item" in seen.text
    assert "\u202e" not in seen.text


def test_markdown_is_text_and_nothing_else() -> None:
    """Rendered, hostile text is what it was, with no link, picture, code or heading of its own."""
    kept = [Kept(answer(cite(1, "a.txt", TEXT), question=HOSTILE), {})]
    seen = Seen(MarkdownIt("commonmark", {"html": True}).render(markdown(HOSTILE, kept)))
    assert set(seen.tags) <= {"h1", "h2", "p", "blockquote", "br", "em", "hr"}
    assert seen.tags.count("hr") == 1
    assert "# no heading" in seen.text
    assert "- no item" in seen.text
    assert "![i](http://e/x.png)" in seen.text


@given(st.text(max_size=80))
def test_any_text_survives_markdown(text: str) -> None:
    """Word for word, apart from white space and characters that can't be seen."""
    kept = [Kept(answer(cite(1, "a", "x" + text)), {})]
    seen = Seen(MarkdownIt("commonmark", {"html": True}).render(markdown("t", kept)))
    assert set(seen.tags) <= {"h1", "h2", "p", "blockquote", "br", "em", "hr"}


@given(st.text(max_size=200))
def test_a_files_name_is_safe(title: str) -> None:
    """One name, of no other folder, not hidden, and of the ending that was asked for."""
    name = file_name(title, "md")
    assert re.fullmatch(r"pp_qa[\w.-]*\.md", name)
    assert ".." not in name.removesuffix(".md")
    assert len(name.encode()) <= 255
