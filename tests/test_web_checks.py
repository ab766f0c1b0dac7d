"""Quotations checked on the page, without a browser: what is said of them, and where it leads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_web_views import Reader

from pp_qa.asked import LONGEST_TEXT
from pp_qa.assistant import Assistant
from pp_qa.interfaces.web import checks
from pp_qa.interfaces.web.chat import Chat
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet, Check, Coverage, Difference, Failure, Span, Verification

REPORT = """Ferry report

The ferry sails at seven from the northern quay. Penguins may board it free of charge.
Nobody <b>feeds</b> them.
"""
DIARY = "Keeper's diary\n\nNobody <b>feeds</b> them. שלום לכל הפינגווינים של אשדאון.\n"


def assistant_over(**texts: str) -> Assistant:
    embedder = FakeEmbedder()
    documents = [make_document(text, f"{name}.txt") for name, text in texts.items()]
    changes = ChangeSet(
        entries=tuple(make_entry(d, embedder) for d in documents),
        failures=(Failure("bad<i>.pdf", "is no PDF"),),
    )
    store = MemoryStore().apply(changes)
    return Assistant(store, embedder, FakeReader(), Settings(), threshold=0.5)


@pytest.fixture
def assistant() -> Assistant:
    return assistant_over(report=REPORT, diary=DIARY)


def said_of(assistant: Assistant, text: str, said: str = "") -> str:
    """What the page shows, as its reader reads it."""
    return Reader(checks.check(assistant, text, said)[0]).text


def quotes_in(markup: str) -> list[str]:
    return re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", markup, re.DOTALL)


# ── verdicts ─────────────────────────────────────────────────────────────────


def test_each_quotation_gets_its_verdict(assistant: Assistant) -> None:
    """One text with a quotation of every kind: each is named for what it is, and counted."""
    shown, verification = checks.check(
        assistant,
        "“sails at seven from the northern quay”, “the  ferry sails at seven”, “Penguins may not"
        " board it free of charge”, “Penguins may board it” (diary.txt), “Nobody <b>feeds</b>"
        " them” and “The king of Mars plays the flute”.",
        "",
    )
    heads = re.findall(r"<h3><i aria-hidden=\"true\">.</i>(.*?)</h3>", shown)
    assert heads == [
        "Exact",
        "Exact but for typography",
        "Altered",
        "Misattributed",
        "Exact, in 2 places",
        "Not found",
    ]
    assert "3 of 6 quotations hold." in shown
    assert "It is said to be from <bdi>diary.txt</bdi>, but stands in:" in shown
    assert "Searched 2 documents" in shown
    assert "1 file could not be read: bad&lt;i&gt;.pdf" in shown
    assert verification is not None


@pytest.mark.parametrize(
    ("quoted", "marked"),
    [
        ("Penguins may not board it", "Penguins may <del>not</del> board it"),
        ("Penguins never may board it", "Penguins <del>never</del> may board it"),
        ("The ferry sails from the", "The ferry sails <ins>at seven</ins> from the"),
        ("sails at nine from", "sails at <del>nine</del> <ins>seven</ins> from"),
    ],
)
def test_a_difference_is_marked_inside_the_text(
    assistant: Assistant, quoted: str, marked: str
) -> None:
    """What was put in is struck out and what was left out is put in; a negation is an
    alteration however near the rest is."""
    shown, verification = checks.check(assistant, f"“{quoted}”", "")
    assert verification is not None
    assert [c.verdict for c in verification.checks] == ["altered"]
    assert re.sub(r'<span class="spoken">.*?</span>', "", quotes_in(shown)[0]) == marked
    assert "This quotation does not hold." in shown
    assert "The document says:" in shown


def test_differences_are_told_to_a_screen_reader(assistant: Assistant) -> None:
    """Colour and strokes are not the only signs of a difference."""
    assert "[put in: not]" in said_of(assistant, "“Penguins may not board it”")
    assert "[left out: at seven]" in said_of(assistant, "“The ferry sails from the northern quay”")


def test_a_text_without_marks_is_looked_up_by_sentence(assistant: Assistant) -> None:
    shown = said_of(assistant, "The ferry sails at seven from the northern quay. It is blue.")
    assert "1 of 2 sentences holds." in shown
    assert "There are no quotation marks in it" in shown


def test_right_to_left_text_is_checked_like_any_other(assistant: Assistant) -> None:
    shown, verification = checks.check(assistant, "“שלום לכל הפינגווינים של אשדאון”", "")
    assert verification is not None
    assert verification.holds
    assert '<blockquote dir="auto">שלום' in shown


# ── the document that it is said to be from ──────────────────────────────────


@pytest.mark.parametrize("said", ["diary.txt", "diary", "DIARY", "keeper", "d*.txt"])
def test_a_source_goes_by_name_title_or_pattern(assistant: Assistant, said: str) -> None:
    assert "Misattributed" in said_of(assistant, "“sails at seven”", said)
    assert "Exact" in said_of(assistant, "“Nobody <b>feeds</b> them”", said)


def test_an_unknown_source_is_said_to_be_none() -> None:
    shown = said_of(assistant_over(a="Some words."), "“Some words”", "<i>b</i>.pdf")
    assert shown == (
        "No document here is called “<i>b</i>.pdf”; leave its name out to look in all of them."
    )


# ── what can't be checked ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "Nothing was pasted; paste a quotation, or an answer that quotes."),
        (" \n ", "Nothing was pasted; paste a quotation, or an answer that quotes."),
        ("“…”", "The text has no words; paste a quotation, or a text with some."),
        ("a" * (LONGEST_TEXT + 1), "The text has 50,001 characters, the most is 50,000;"),
        ("“word.” " * 600, "The text has 600 quotations or sentences, the most is 500;"),
    ],
)
def test_what_cannot_be_checked_is_told_in_a_sentence(
    assistant: Assistant, text: str, line: str
) -> None:
    shown, verification = checks.check(assistant, text, "")
    assert Reader(shown).text.startswith(line)
    assert 'role="alert"' in shown
    assert verification is None


def test_without_documents_it_says_so() -> None:
    assert "There are no documents" in checks.check(None, "“Some words”", "")[0]


def test_the_longest_text_is_checked_and_shown_in_brief(assistant: Assistant) -> None:
    """50,000 characters are looked up; the page doesn't repeat all of them."""
    text = ("sails at seven from the southern quay " * 2000)[: LONGEST_TEXT - 2].strip()
    shown, verification = checks.check(assistant, f"“{text}”", "")
    assert verification is not None
    assert "This quotation does not hold." in shown
    assert len(shown) < 10_000
    assert "characters …]" in shown


# ── what is shown ────────────────────────────────────────────────────────────


@given(st.data())
def test_a_marked_quotation_is_still_the_quotation(data: st.DataObject) -> None:
    """Whatever the differences are, what is shown without what was left out is what was quoted,
    and nothing of it is markup."""
    text = data.draw(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]), max_size=60))
    borders = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    differences = []
    for start, end in zip(borders[::2], borders[1::2], strict=False):
        kind = "replaced" if start < end else "left_out"
        quoted = text[start:end]
        differences.append(
            Difference(kind, quoted, "<u>stored", Span(start, end), Span(0, 1))  # type: ignore[arg-type]
        )
    check = Check(text, Span(0, len(text)), "altered", (), tuple(differences))
    shown = "".join(checks._compared(check))
    without = re.sub(r" ?<ins>.*?</ins> ?|<span class=\"spoken\">.*?</span>", "", shown)
    assert Reader(without).text.replace(" ", "") == text.replace(" ", "")
    assert set(Reader(shown).tags) <= {"ins", "del", "span"}


def test_markup_in_a_quotation_is_text(assistant: Assistant) -> None:
    hostile = "<script>window.hacked=1</script> ${window.hacked=2} <img src=x onerror=alert(1)>"
    shown = checks.check(assistant, f"“{hostile}”, “Nobody <b>feeds</b> them”", "")[0]
    assert {"script", "img", "b"}.isdisjoint(Reader(shown).tags)
    assert hostile in Reader(shown).text


def test_too_many_places_are_folded_away() -> None:
    """Three places are shown of a quotation, the rest one click away."""
    many = assistant_over(**{f"d{n}": f"Title {n}\n\nThe same words.\n" for n in range(7)})
    shown = checks.check(many, "“The same words”", "")[0]
    head, _, folded = shown.partition("<details>")
    assert head.count('class="chip"') == 3
    assert folded.count('class="chip"') == 4
    assert "<summary>4 more</summary>" in folded


def test_too_much_text_to_read_is_admitted() -> None:
    check = Check("a word", Span(0, 6), "not_found")
    shown = checks.results(Verification((check,), True, False, 1, Coverage(9, 99, ())))
    assert "There is too much text to read all of it" in shown


# ── its places ───────────────────────────────────────────────────────────────


def test_a_place_opens_where_the_quotation_stands(assistant: Assistant) -> None:
    """A number leads to the document, with the words marked that were found there."""
    chat = Chat(assistant)
    _, verification = checks.check(assistant, "“The ferry sails … Penguins may board it”", "")
    assert "The ferry sails" in Reader(chat.open_place(verification, [0, 0, 0])).marked
    assert "Penguins may board it" in Reader(chat.open_place(verification, [0, 0, 1])).marked


@pytest.mark.parametrize("numbers", [[0, 0, 9], [9, 0, 0], [-1, 0, 0], ["0", 0, 0], [None] * 3, []])
def test_a_place_that_is_none_shows_no_traceback(
    assistant: Assistant, numbers: list[object]
) -> None:
    _, verification = checks.check(assistant, "“The ferry sails”", "")
    assert "This can’t be shown" in Chat(assistant).open_place(verification, numbers)
    assert "This can’t be shown" in Chat(assistant).open_place(None, [0, 0, 0])


def test_a_place_whose_document_has_changed_is_not_shown_as_if_it_stood_there() -> None:
    """Between the check and the click the index moved on: the words are looked at again."""
    before = assistant_over(report=REPORT)
    _, verification = checks.check(before, "“The ferry sails at seven”", "")
    after = Chat(assistant_over(report=REPORT.replace("seven", "eight")))
    shown = after.open_place(verification, [0, 0, 0])
    assert "The document has changed since it was checked" in shown
    assert "<mark" not in shown
