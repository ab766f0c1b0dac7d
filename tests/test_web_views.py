"""What the page shows of replies, without a browser: everything escaped, nothing lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from typing import NoReturn, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.assistant import Assistant
from pp_qa.checking import extraction
from pp_qa.conversation import understand
from pp_qa.errors import IndexFault
from pp_qa.interfaces.web import checks, frame, quoting, source, talk
from pp_qa.interfaces.web.chat import Chat
from pp_qa.interfaces.web.choosing import Choice
from pp_qa.interfaces.web.copying import copied, with_address
from pp_qa.interfaces.web.exchanges import Exchange, by_document, history
from pp_qa.interfaces.web.markup import Html, attribute, data, escape, html, join
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import (
    Abstention,
    AbstentionReason,
    Answer,
    ChangeSet,
    Citation,
    Coverage,
    Document,
    Found,
    IndexManifest,
    Quote,
    Span,
)

ANY_TEXT = st.text(st.characters(), max_size=60)
HOSTILE = "<img src=x onerror=alert(1)> \"'& [a](http://e) `c` {{v}} ${w}"
TEXT = f"One thing.\n\nAnother {HOSTILE} thing.\n\nA third thing.\n"


class Reader(HTMLParser):
    """What a browser would make of markup: its elements and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.actions: dict[str | None, str | None] = {}
        self.text = ""
        self.marked = ""
        self._inside = False
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.actions[dict(attrs).get("data-action")] = dict(attrs).get("data-text")
        self._inside |= tag == "mark"

    def given(self, action: str) -> str:
        """The text that an action works on."""
        return self.actions[action] or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data if self._inside else ""


def cite(document: Document, start: int, end: int, number: int = 1) -> Citation:
    span = Span(start, end)
    quote = Quote(document.doc_id, "p1", span, span.of(document.text), 0.9, span)
    return Citation(number, quote, document.title, document.source, (), None, True)


def answer(*citations: Citation, query: str = "q?", confidence: float = 0.9) -> Answer:
    return Answer("q?", query, citations, confidence, 1, Coverage(1, 3), {})


def abstention(*citations: Citation, reason: str = "no_answer") -> Abstention:
    coverage = Coverage(12, 1340, ("x<1>.pdf", "b", "c", "d", "e"))
    return Abstention("q?", "q?", reason, citations, 0.12, 1, coverage, {})  # type: ignore[arg-type]


def stored(text: str, name: str) -> MemoryStore:
    """An index of one document."""
    entry = make_entry(make_document(text, name), FakeEmbedder())
    store = MemoryStore().apply(ChangeSet(entries=(entry,)))
    assert isinstance(store, MemoryStore)
    return store


@pytest.fixture
def document() -> Document:
    return make_document(TEXT, "a<b>.txt")


class TestMarkup:
    @given(ANY_TEXT)
    def test_escaped_text_shows_as_itself_and_makes_no_element(self, text: str) -> None:
        read = Reader(escape(text))

        assert set(read.tags) <= {"span"}
        unseen = read.tags.count("span")
        assert len(read.text) == len(text) - unseen
        assert read.text == "".join(c for c in text if escape(c).count("unseen") == 0)

    @given(ANY_TEXT)
    def test_an_attribute_keeps_its_place(self, text: str) -> None:
        read = Reader(f'<p data-x="{attribute(text)}" title="y">z</p>')

        assert read.tags == ["p"]
        assert [name for name, _ in read.attributes] == ["data-x", "title"]
        assert read.text == "z"

    @given(ANY_TEXT)
    def test_what_is_copied_is_the_text_itself(self, text: str) -> None:
        """But for what no page can carry; and it keeps its place as any attribute does."""
        read = Reader(f'<p data-x="{data(text)}" title="y">z</p>')

        carried = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
        assert read.attributes == [("data-x", carried), ("title", "y")]

    def test_what_reorders_or_hides_text_is_shown_by_its_code(self) -> None:
        shown = escape("a\u202eb\x00c\u2066\x1b")

        for code in ("U+202E", "U+0000", "U+2066", "U+001B"):
            assert f'data-code="{code}"' in shown
        assert Reader(shown).text == "abc"

    def test_what_writing_needs_stays(self) -> None:
        text = "tab\tline\nשלום\u200f नमस्ते\u200d 👩‍🚀"
        assert Reader(escape(text)).text == text

    def test_only_markup_goes_in_unescaped(self) -> None:
        assert html("<p>{a}{b}</p>", a="<i>", b=html("<b>{c}</b>", c="<i>")) == (
            "<p>&lt;i&gt;<b>&lt;i&gt;</b></p>"
        )
        assert join([Html("<b>x</b>"), escape("<")], " < ") == "<b>x</b> &lt; &lt;"


class TestConversation:
    def test_no_text_of_others_becomes_an_element(self, document: Document) -> None:
        hostile = replace(
            cite(document, 12, 12 + 60),
            title=HOSTILE,
            heading_path=(HOSTILE, HOSTILE + "2"),
            page=3,
            current=False,
        )
        exchanges = [
            Exchange(1, HOSTILE, answer(hostile, query=HOSTILE)),
            Exchange(2, HOSTILE, abstention(hostile)),
            Exchange(3, HOSTILE, problem=HOSTILE),
        ]
        read = Reader(talk.conversation(exchanges, Html()))

        assert "img" not in read.tags
        assert not [name for name, _ in read.attributes if name.startswith("on")]
        assert read.text.count(HOSTILE) >= 3 + 1 + 2
        assert "page 3" in read.text
        assert "changed since indexing" in read.text

    def test_a_quote_is_shown_whole(self, document: Document) -> None:
        citation = cite(document, 0, len(TEXT))
        read = Reader(talk.exchange(Exchange(1, "q?", answer(citation))))
        assert citation.quote.text in read.text

    def test_the_part_that_matters_is_set_off_inside_the_quote(self, document: Document) -> None:
        quote = replace(cite(document, 0, 10).quote, highlight=Span(4, 9))
        assert quoting.marked(quote) == "One <strong>thing</strong>."

    @given(st.data())
    def test_an_excerpt_is_of_the_quote_and_has_its_highlight(self, data: st.DataObject) -> None:
        text = data.draw(st.text("ab \n", min_size=1, max_size=2000))
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        at = 7
        highlight = Span(at + start, at + end)
        quote = Quote("a", "p", Span(at, at + len(text)), text, 1.0, highlight)

        shown = Reader(quoting.excerpt(quote)).text
        assert shown.removeprefix("… ").removesuffix(" …") in text
        assert highlight.of(" " * at + text)[:50].strip() in shown

    def test_an_abstention_says_why_and_what_was_searched(self, document: Document) -> None:
        read = Reader(talk.exchange(Exchange(1, "q?", abstention(cite(document, 0, 10)))))

        assert "Not in these documents" in read.text
        assert talk.REASONS["no_answer"] in read.text
        assert "12%" in read.text
        assert "Searched 12 documents, 1,340 passages." in read.text
        assert "5 files could not be read: x<1>.pdf, b, c and 2 more" in read.text
        assert "Nearest text" in read.text

    @pytest.mark.parametrize("reason", get_args(AbstentionReason))
    def test_every_reason_has_its_sentence(self, reason: str) -> None:
        read = Reader(talk.exchange(Exchange(1, "q?", abstention(reason=reason))))
        assert talk.REASONS[reason] in read.text
        assert "Nearest text" not in read.text

    def test_what_was_no_question_is_not_marked(self) -> None:
        """Thanks are not looked up, so there is nothing to be right or wrong about."""
        marked = {
            reason: 'class="mark"' in talk.exchange(Exchange(1, "q", abstention(reason=reason)))
            for reason in ("nothing_asked", "about_pp_qa", "no_answer")
        }
        assert marked == {"nothing_asked": False, "about_pp_qa": False, "no_answer": True}

    @pytest.mark.parametrize(
        ("confidence", "words"),
        [(1.0, "High confidence · 99%"), (0.5, "Good confidence · 50%"), (0.0, "Low confidence · 1%")],
    )  # fmt: skip
    def test_confidence_is_said_in_words_and_a_figure(
        self, document: Document, confidence: float, words: str
    ) -> None:
        reply = answer(cite(document, 0, 10), confidence=confidence)
        assert words in Reader(talk.exchange(Exchange(1, "q?", reply))).text

    def test_an_answer_says_which_names_no_document_has(self, document: Document) -> None:
        """Over the quotes, escaped; no confidence is called high then. Nothing where all stand in
        some document."""
        given = answer(cite(document, 0, 10), confidence=0.9)
        told = Reader(talk.exchange(Exchange(1, "q?", replace(given, absent=(HOSTILE, "1742")))))
        assert f"None of these documents has “{HOSTILE}” or “1742”." in told.text
        assert "img" not in told.tags
        assert "Perhaps about something else · 90%" in told.text
        assert "High confidence" not in told.text
        assert "None of these" not in Reader(talk.exchange(Exchange(1, "q?", given))).text

    def test_why_a_quote_is_there_is_said_by_stage(self, document: Document) -> None:
        found = Found(2, 8, 0.75, {"dense": 0.61, "lexical": 0.4})
        citation = replace(cite(document, 0, 10), found=found)
        reply = replace(answer(citation, confidence=0.83), threshold=0.41)
        read = Reader(talk.exchange(Exchange(1, "q?", reply)))

        for figure in ("Likeness0.61", "Words0.40", "together0.75", "Reader0.90", "Confidence83%"):
            assert figure in read.text
        assert "rank 2 of the 8 passages" in read.text
        assert "an answer needs 41%" in read.text
        assert read.attributes.count(("class", "why")) == 1

    def test_a_quote_is_copied_word_for_word(self) -> None:
        """With the marks that turn the direction of its writing, which the page shows by their
        codes: `pp-qa verify` takes the copy. The question is asked again as it was."""
        turning = make_document("It is \u2067שלום\u2069 there.\n", "a.txt")
        reply = answer(cite(turning, 0, 19))
        question = "What is \u2067שלום\u2069?"
        read = Reader(talk.exchange(Exchange(1, question, reply)))

        assert read.given("copy") == copied(question, reply)
        assert read.given("retry") == read.given("edit") == question
        pane = Reader(source.pane(reply.citations[0], turning, Span(0, 19), 1))
        assert ("data-text", with_address(reply.citations[0])) in pane.attributes

    @pytest.mark.parametrize(
        ("confidence", "needed"), [(0.2961, 0.3012), (0.2999, 0.3), (0.3, 0.3)]
    )
    def test_what_falls_short_of_an_answer_is_told_from_what_it_needs(
        self, confidence: float, needed: float
    ) -> None:
        """Though both are the same in whole per cents."""
        reply = replace(abstention(), confidence=confidence, threshold=needed)
        told = re.findall(r"[\d.]+%", Reader(talk.exchange(Exchange(1, "q?", reply))).text)

        assert (len(set(told)) == 2) is (confidence != needed)
        assert all(t in ("29.6%", "30.1%", "29.99%", "30.00%", "30%") for t in told)

    def test_quotes_stand_by_document_and_are_numbered_as_they_stand(self) -> None:
        """The document of the best quote comes first, then that of the next best."""
        first, second = make_document(TEXT, "first.txt"), make_document(TEXT, "second.txt")
        mixed = [cite(first, 0, 10, 1), cite(second, 0, 10, 2), cite(first, 12, 19, 3)]
        shown = by_document(answer(*mixed))

        assert isinstance(shown, Answer)
        assert [(c.number, c.quote.doc_id, c.quote.span.start) for c in shown.citations] == [
            (1, "first.txt", 0), (2, "first.txt", 12), (3, "second.txt", 0)
        ]  # fmt: skip
        read = Reader(talk.exchange(Exchange(1, "q?", shown)))
        assert "3 quotes from 2 documents" in read.text
        assert read.text.count("first.txt") == read.text.count("second.txt") == 1
        assert [v for k, v in read.attributes if k == "start"] == ["1", "3"]
        assert by_document(abstention(*mixed)) == abstention(*mixed)

    def test_a_changed_query_is_shown(self, document: Document) -> None:
        follow_up = Exchange(2, "q?", answer(cite(document, 0, 10), query="before q?"))
        assert "searching for: before q?" in Reader(talk.exchange(follow_up)).text
        alone = Exchange(1, "q?", answer(cite(document, 0, 10)))
        assert "searching for" not in talk.exchange(alone)

    def test_what_a_quote_leans_on_stands_before_it_and_is_not_quoted(
        self, document: Document
    ) -> None:
        leaning = replace(cite(document, 12, 19), before="One <thing>.")
        shown = talk.exchange(Exchange(1, "q?", answer(leaning)))
        before, quoted = shown.index('<p class="before"'), shown.index("<blockquote")
        assert "One &lt;thing&gt;." in shown[before:quoted]
        assert "One" not in Reader(shown[quoted:]).given("copy")

    def test_a_reply_is_copied_with_quotation_marks_numbers_and_addresses(
        self, document: Document
    ) -> None:
        citations = cite(document, 0, 10), cite(document, 12, 19, number=2)
        shown = talk.exchange(Exchange(1, "q?", answer(*citations)))

        copied = Reader(shown).given("copy")
        assert copied == (
            "q?\n\n[1] “One thing.”\n— A<b> (a<b>.txt:0-10)\n\n"
            "[2] “Another”\n— A<b> (a<b>.txt:12-19)\n"
        )

    def test_a_quote_of_several_paragraphs_is_copied_as_one_quotation(
        self, document: Document
    ) -> None:
        """`pp-qa verify` takes what was copied, and there a quotation ends at a blank line."""
        shown = talk.exchange(Exchange(1, "q?", answer(cite(document, 0, 19))))
        (found,) = extraction.quotations(Reader(shown).given("copy"))
        assert found.text == "One thing.\nAnother"

    def test_an_abstention_is_copied_without_the_nearest_text(self, document: Document) -> None:
        shown = talk.exchange(Exchange(1, "q?", abstention(cite(document, 0, 10))))
        copied = Reader(shown).given("copy")
        assert copied.startswith("q?")
        assert "One thing" not in copied

    def test_an_endless_question_is_cut_where_it_is_repeated(self) -> None:
        read = Reader(talk.exchange(Exchange(1, "why " * 5000, problem="too long")))
        assert len(read.text) < 2 * talk.LONGEST_SHOWN_QUESTION

    def test_the_opening_names_what_could_not_be_read(self) -> None:
        manifest = IndexManifest(1, 1, {}, 1, 3)
        read = Reader(frame.opening(manifest, [HOSTILE]))
        assert "from 1 document," in read.text
        assert HOSTILE in read.text
        assert ("data-question", HOSTILE) in read.attributes


class TestSource:
    @given(st.data())
    def test_the_mark_is_the_quote_and_the_rest_is_the_text_around_it(
        self, data: st.DataObject
    ) -> None:
        plain = st.text(st.sampled_from("ab<&\n .é"), min_size=1, max_size=80)
        text = data.draw(plain).strip() + "x"
        document = make_document(text)
        start = data.draw(st.integers(0, len(document.text) - 1))
        end = data.draw(st.integers(start + 1, len(document.text)))
        low = data.draw(st.integers(0, start))
        citation = cite(document, start, end)

        pane = source.pane(citation, document, Span(low, end), 1, answers=True)
        read = Reader(pane)
        assert read.marked == citation.quote.text
        assert document.text in read.text
        assert f"{document.doc_id}:{start}-{end}" in read.text

    @given(st.data())
    def test_a_window_holds_the_quote_and_stays_small(self, data: st.DataObject) -> None:
        size = data.draw(st.integers(source.WHOLE + 1, source.WHOLE * 3))
        text = (data.draw(st.sampled_from(["word ", "line\n", "unbroken", "文"])) * size)[:size]
        start = data.draw(st.integers(0, size - 1))
        end = data.draw(st.integers(start + 1, min(size, start + 500)))
        section = Span(data.draw(st.integers(0, start)), data.draw(st.integers(end, size)))
        quote = Span(start, end)

        shown = source.window(text, quote, [section])
        assert shown.contains(quote)
        assert section.contains(shown)
        assert len(shown) <= len(quote) + 2 * source.AROUND

    def test_a_quote_that_leaves_its_section_is_held_all_the_same(self) -> None:
        text = "w " * source.WHOLE
        quote = Span(90, 140)
        assert source.window(text, quote, [Span(80, 100)]).contains(quote)

    def test_a_short_document_is_shown_whole(self) -> None:
        assert source.window("a" * 100, Span(5, 9), [Span(4, 10)]) == Span(0, 100)

    def test_headings_and_the_passage_are_told_apart(self) -> None:
        document = make_document("# Top\n\nFirst here.\n\nSecond here.\n", "a.md")
        at = document.text.index("Second")
        pane = source.pane(
            cite(document, at, at + 6), document, Span(at, len(document.text)), 1, answers=True
        )
        assert '<span class="heading">' in pane
        assert '<span class="passage"> here.' in pane


class TestChat:
    def test_without_documents_the_page_says_so(self) -> None:
        chat = Chat(None, "the corpus folder docs is missing")
        assert "The corpus folder docs is missing." in Reader(chat.opening()).text
        conversation, _, exchanges = chat.ask("anything?", ())
        assert "no documents to search" in conversation
        assert exchanges[-1].reply is None

    def test_what_is_not_in_the_conversation_opens_nothing(self) -> None:
        assert "<mark" not in Chat(None).open(7, 1, ())

    def test_a_quote_whose_document_changed_is_shown_as_it_was(self) -> None:
        """Each pane is of the generation that answered: what is not so any more is said to be
        earlier text, though the document may even be gone."""
        stores = [stored("Zebras do cross bridges.", "a.txt")]
        chat = Chat(
            Assistant(
                stores[0], FakeEmbedder(), FakeReader(), Settings(), 0.1, lambda _: stores[-1]
            )
        )
        _, pane, exchanges = chat.ask("Do zebras cross bridges?", ())
        assert "changed since this" not in (pane or "")
        unchanged = chat.open(1, 1, exchanges)
        for text, name in (("Zebras do not cross bridges.", "a.txt"), ("Nothing.", "b.txt")):
            stores.append(stored(text, name))
            earlier = Reader(chat.open(1, 1, exchanges))
            assert "changed since this was answered" in earlier.text
            assert earlier.marked == Reader(unchanged).marked == "Zebras do cross bridges."
        stores.append(stored("Zebras do cross bridges. So they say.", "a.txt"))
        assert "So they say." in chat.open(1, 1, exchanges)
        assert "changed since this" not in chat.open(1, 1, exchanges)

    def test_a_notice_may_come_and_go(self) -> None:
        """What gives the notice is asked whenever the page is loaded."""
        problem = ["the disk is full"]
        assistant = Assistant(
            stored("Zebras.", "a.txt"), FakeEmbedder(), FakeReader(), Settings(), 0.1
        )
        chat = Chat(assistant, lambda: problem[0])
        assert "The disk is full." in chat.banner()
        problem[0] = ""
        assert chat.banner() == ""
        assert Chat(None, "no documents").banner() == ""  # the opening says so

    def test_what_was_stopped_gives_nothing_and_is_no_part_of_the_conversation(self) -> None:
        """Neither when it is stopped while it runs, nor when its answer was on its way."""
        chat = Chat(
            Assistant(stored("Zebras.", "a.txt"), FakeEmbedder(), FakeReader(), Settings(), 0.1)
        )
        done = chat.ask("Zebras?", (), run="one")
        assert done is not None
        assert chat.stop("one", done[2]) == ()
        assert chat.ask("Zebras?", (), run="one") is None
        done = chat.ask("Zebras?", ())
        assert done is not None
        assert chat.stop("", done[2]) == done[2]
        assert chat.ask("Zebras?", ()) is not None

    def test_a_question_instead_of_an_earlier_one_never_takes_its_number(self) -> None:
        """What has the number of a turn that is gone can't open a quote of another."""
        chat = Chat(
            Assistant(stored("Zebras.", "a.txt"), FakeEmbedder(), FakeReader(), Settings(), 0.1)
        )
        exchanges: tuple[Exchange, ...] = ()
        for instead_of in (None, None, None, 2):
            done = chat.ask("Zebras?", exchanges, instead_of=instead_of)
            assert done is not None
            exchanges = done[2]
        assert [e.turn for e in exchanges] == [1, 4]

    def test_history_says_what_was_understood_and_under_which_heading_it_stands(
        self, document: Document
    ) -> None:
        """So that the next question goes on from the last one as it was asked."""
        cited = replace(cite(document, 0, 10), heading_path=("Talks", "In Miami"))
        turns = history((Exchange(1, "q?", answer(cited, query="q? (Miami)")),))
        assert [t.about for t in turns] == ["q? (Miami)", "In Miami"]

    def test_quotes_of_history_stand_apart(self) -> None:
        """No name goes on in the next quote: who the treasurer is, is no “Gordon Webb Chair”."""
        document = make_document("Treasurer\nGordon Webb\nChair\nRosalind Price", "club.txt")
        quotes = [cite(document, 0, 21), cite(document, 22, 42)]
        turns = history((Exchange(1, "Who is the treasurer?", answer(*quotes)),))
        assert understand("How old is he?", turns).query == "How old is Gordon Webb?"

    def test_history_has_what_was_asked_and_leaves_out_what_failed(
        self, document: Document
    ) -> None:
        """A question counts as it was asked: without the names of documents."""
        turns = history(
            (
                Exchange(1, "@a.txt q?", answer(cite(document, 0, 10))),
                Exchange(2, "broken?", problem="no"),
                Exchange(3, "q?", abstention()),
            )
        )
        assert [(t.role, t.text) for t in turns] == [
            ("user", "q?"),
            ("assistant", "One thing."),
            ("user", "q?"),
            ("assistant", ""),
        ]


class TestFollowUpOfNamedDocuments:
    """What was asked of one document is gone on with there."""

    @pytest.fixture
    def chat(self) -> Chat:
        texts = {
            "a.txt": "The bridge repair costs much.",
            "b.txt": "The bridge was built long ago.",
        }
        entries = (make_entry(make_document(t, n), FakeEmbedder()) for n, t in texts.items())
        store = MemoryStore().apply(ChangeSet(entries=tuple(entries)))
        return Chat(Assistant(store, FakeEmbedder(), FakeReader(), Settings(), 0.0))

    def scopes(self, chat: Chat, *questions: str) -> list[str]:
        exchanges: tuple[Exchange, ...] = ()
        for question in questions:
            done = chat.ask(question, exchanges)
            assert done is not None
            exchanges = done[2]
        return [e.scope for e in exchanges]

    def test_it_is_asked_of_them_too_and_a_new_question_of_all(self, chat: Chat) -> None:
        """As long as it leans on what was said, also over a courtesy; a new one doesn't."""
        talk = ("@a what does the bridge cost?", "And why?", "thanks!", "When?", "Who is Ann Lee?")
        assert self.scopes(chat, *talk) == ["a.txt", "a.txt", "", "a.txt", ""]

    def test_it_says_so_and_all_can_be_asked(self, chat: Chat) -> None:
        """Only where the question didn't name them itself is there a button, and it asks all."""
        first = chat.ask("@a what does the bridge cost?", ())
        assert first is not None
        assert "Ask all instead" not in str(first[0])
        second = chat.ask("And why?", first[2])
        assert second is not None
        assert str(second[0]).count("asked only: <bdi>a.txt</bdi>") == 2
        assert "Ask all instead" in str(second[0])
        assert 'data-text="@* And why?"' in str(second[0])
        assert self.scopes(chat, "@a what does the bridge cost?", "@* And why?") == ["a.txt", ""]

    def test_no_number_is_offered_where_there_is_none(self, chat: Chat) -> None:
        """Beside a reply without any text there is nothing to choose."""
        assert chat.assistant is not None
        chat.assistant.threshold = 1.0
        for question, offered in (("Who sang?", True), ("thanks!", False), ("Who are you?", False)):
            done = chat.ask(question, ())
            assert done is not None
            assert ("Choose a number" in str(done[1])) is offered

    def test_a_file_that_may_only_be_spoken_of_is_chosen_and_all_can_be_asked(
        self, chat: Chat
    ) -> None:
        """Its whole name is enough, and the button asks all of that very question."""
        question = "What does a.txt say of the bridge?"
        done = chat.ask(question, ())
        assert done is not None
        assert f'data-text="@* {question}"' in str(done[0])
        assert self.scopes(chat, question, "And why?", f"@* {question}") == ["a.txt", "a.txt", ""]


def test_importing_the_package_loads_no_gradio_and_turns_its_reports_off() -> None:
    code = (
        "import os, sys, pp_qa.interfaces.web, pp_qa.interfaces.web.chat;"
        "print('gradio' in sys.modules, os.environ['GRADIO_ANALYTICS_ENABLED'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"GRADIO_ANALYTICS_ENABLED": "True"},
    )
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("title", "doc_id", "named"),
    [
        ("Chapter 1: The pilot", "long-book.pdf", True),
        ("Minutes of the council 2023", "2023/minutes-of-the-council-2023.md", False),
        ("Minutes of the council 2024", "minutes-2024.md", False),
        ("Annual report", "annualreport.pdf", False),
        ("Annual report", "annualreport_final.pdf", True),
        ("Report", "report-north.pdf", True),
        ("Report", "north/report.pdf", True),
        ("図書館の報告", "japanese.txt", True),
        ("Report", "…", True),
    ],
)
def test_a_quote_names_its_file_where_the_title_does_not(
    title: str, doc_id: str, named: bool
) -> None:
    """As that of a PDF, which may be its first heading. Where the title stands alone it tells."""
    document = make_document(TEXT, "a.txt")
    citation = cite(document, 0, 10)
    quote = replace(citation.quote, doc_id=doc_id)
    shown = Reader(quoting.where(replace(citation, title=title, quote=quote)))

    assert (doc_id in shown.text) is named
    assert title in shown.text


def test_only_what_was_asked_is_to_be_asked_again() -> None:
    """A document of the list that has gone was not."""
    gone = Reader(chat_over(stored(TEXT, "a.txt")).open_document("b.txt")).text
    assert "b.txt" in gone
    assert "sk again" not in gone


def test_a_fault_of_the_index_is_said_over_the_question() -> None:
    """And where all are chosen one by one, there is nothing to say."""

    class Faulty(MemoryStore):
        def documents(self, *_: object) -> NoReturn:
            raise IndexFault("the index is damaged")

    some = Choice(False, frozenset({"a.txt"}))
    assert "The index is damaged" in Reader(chat_over(Faulty()).scope(some)).text
    assert chat_over(stored(TEXT, "a.txt")).scope(some) == ""


def test_a_fault_of_the_index_is_said_where_a_quote_was_to_be_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With what to do about it; it is nothing that nobody foresaw."""
    stores = [stored("Zebras do cross bridges.", "a.txt")]
    assistant = Assistant(
        stores[0], FakeEmbedder(), FakeReader(), Settings(), 0.1, lambda _: stores[-1]
    )
    chat = Chat(assistant)
    _, _, exchanges = chat.ask("Do zebras cross bridges?", ())
    _, checked = checks.check(assistant, "“Zebras do cross bridges”", "")

    class Faulty(MemoryStore):
        def document(self, _: object) -> NoReturn:
            raise IndexFault("the index is damaged; run: pp-qa index")

    stores.append(Faulty())
    for pane in (chat.open(1, 1, exchanges), chat.open_place(checked, [0, 0, 0])):
        assert "The index is damaged; run: pp-qa index" in Reader(pane).text
    assert caplog.records == []


def test_what_to_try_is_found_behind_documents_without_headings() -> None:
    """The first documents by name may be tables or notes."""
    documents = [make_document(f"Note {n}.", f"a{n}.txt") for n in range(5)]
    guide = "# Guide\n\n## Lighthouse keepers\n\nWhat is said about lighthouse keepers is true.\n"
    documents.append(make_document(guide, "b.md"))
    entries = tuple(make_entry(d, FakeEmbedder()) for d in documents)
    opening = chat_over(MemoryStore().apply(ChangeSet(entries=entries))).opening()
    assert "What is said about “Lighthouse keepers”?" in Reader(opening).text


def chat_over(store: MemoryStore) -> Chat:
    return Chat(Assistant(store, FakeEmbedder(), FakeReader(), Settings(), 0.5))
