"""`@name` in a question: which documents are meant, and what is left to ask."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.errors import FilterError
from pp_qa.mentions import (
    Scoped,
    has_mentions,
    mention,
    natural,
    resolve,
    suggest,
    without_mentions,
)
from pp_qa.types import DocumentInfo, Failure

WHAT = "what is the budget?"


def info(doc_id: str, title: str = "", content: str = "") -> DocumentInfo:
    return DocumentInfo(
        doc_id, f"/corpus/{doc_id}", title or "No title", content or doc_id, 1, 9, 1
    )


DOCUMENTS = [
    info("report.pdf", "Annual report"),
    info("notes.md", "Notes of a small island"),
    info("notes.txt", "Other notes"),
    info("2024/budget.xlsx", "Budget"),
    info("2025/budget.xlsx", "Budget of 2025"),
    info("letters/a.eml", "Re: lunch"),
    info("letters/b.eml", "Fwd: lunch"),
    info("plan 2030.docx", "The plan"),
    info("copy/one.txt", "One", "same"),
    info("other/one.txt", "One", "same"),
    info("Ünïcode [v1].txt", "Ünïcode"),
    info("lease (2).pdf", "Lease"),
]


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("@report.pdf", ["report.pdf"]),
        ("@REPORT.PDF", ["report.pdf"]),
        ("@report", ["report.pdf"]),
        ('@"annual  report"', ["report.pdf"]),
        ("@“Annual report”", ["report.pdf"]),
        ("@'Annual report'", ["report.pdf"]),
        ("@notes.md", ["notes.md"]),
        ("@2024/budget.xlsx", ["2024/budget.xlsx"]),
        ("@2030", ["plan 2030.docx"]),
        ("@2024", ["2024/budget.xlsx"]),
        ("@island", ["notes.md"]),
        ("@*.eml", ["letters/a.eml", "letters/b.eml"]),
        ("@letters/", ["letters/a.eml", "letters/b.eml"]),
        ("@one.txt", ["copy/one.txt", "other/one.txt"]),
        ("@ünïcode", ["Ünïcode [v1].txt"]),
        ('@"U\u0308ni\u0308code [v1].txt"', ["Ünïcode [v1].txt"]),
        ("@notes.md @report", ["notes.md", "report.pdf"]),
    ],
)
def test_a_name_is_found(name: str, documents: list[str]) -> None:
    """By file, with or without folder and ending, by title, by a part of one, by a pattern."""
    scoped = resolve(f"{name} {WHAT}", DOCUMENTS)
    assert (scoped.question, scoped.documents) == (WHAT, tuple(documents))
    assert resolve(f"{scoped.written} {WHAT}", DOCUMENTS) == scoped


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("@report.pdf: what is the budget?", WHAT),
        ("@report.pdf, what is the budget?", WHAT),
        ("what is the budget in @report.pdf?", WHAT),
        ("what is the budget, @report.pdf?", "what is the budget,?"),
        ("according to @report.pdf, what is the budget?", WHAT),
        ("What is @report.pdf's budget?", "What is budget?"),
        ("@report.pdf", ""),
        ("@report.pdf. What is the budget?", "What is the budget?"),
        ("@report.pdf - what is the budget?", WHAT),
        ("what is the budget (@report.pdf)?", WHAT),
    ],
)
def test_the_question_stands_without_its_mentions(question: str, left: str) -> None:
    """What leads to a name goes with it, and what follows it stays."""
    scoped = resolve(question, DOCUMENTS)
    assert (scoped.question, scoped.documents) == (left, ("report.pdf",))


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("@notes.md and @report.pdf: what is the budget?", WHAT),
        ("what is the budget in @notes.md or in @report.pdf?", WHAT),
        ("what is the budget in notes.md & report.pdf?", WHAT),
        ("What do @notes.md, @*.eml, and @report.pdf say?", "What do say?"),
        ("@report.pdf what is the budget, and @notes.md?", "what is the budget, and?"),
    ],
)
def test_what_joins_two_names_goes_with_them(question: str, left: str) -> None:
    """It joins nothing that is left."""
    assert resolve(question, DOCUMENTS).question == left
    assert "and" not in without_mentions(question) or "and" in left


@pytest.mark.parametrize(
    "question",
    [WHAT, "Who is bob@example.com?", "Meet @ noon", "an @", "a@report.pdf what is it?", "5@2"],
)
def test_what_is_no_mention_is_left_alone(question: str) -> None:
    """An @ inside a word or alone names no document."""
    assert not has_mentions(question)
    assert resolve(question, DOCUMENTS) == Scoped(question)


@pytest.mark.parametrize(
    ("question", "left", "document"),
    [
        ("What does report.pdf say about money?", "What does say about money?", "report.pdf"),
        ("what is the budget in Notes.md?", WHAT, "notes.md"),
        ("according to “plan 2030.docx”, what is the budget?", WHAT, "plan 2030.docx"),
        ("what is the budget in 2024/budget.xlsx?", WHAT, "2024/budget.xlsx"),
        ("what is the budget in lease (2).pdf?", WHAT, "lease (2).pdf"),
        ("what is the budget in `report.pdf`?", WHAT, "report.pdf"),
        ("what is the budget in 'report.pdf'?", WHAT, "report.pdf"),
        ("What is report.pdf's budget?", "What is budget?", "report.pdf"),
    ],
)
def test_a_files_whole_name_needs_no_at(question: str, left: str, document: str) -> None:
    """Who writes "report.pdf" means that document, and its name is no part of what is asked."""
    scoped = resolve(question, DOCUMENTS)
    assert (scoped.question, scoped.documents) == (left, (document,))


@pytest.mark.parametrize(
    "question",
    [
        "What does budget.xlsx say?",  # there are two
        "What does other.pdf say?",
        "What is in my-report.pdf or report.pdf-old?",
        "What does the report say?",
        "report.pdf?",
    ],
)
def test_only_an_at_insists(question: str) -> None:
    """What may be no document's name, or leaves nothing to ask, is asked as it stands."""
    assert resolve(question, DOCUMENTS) == Scoped(question)


def test_a_name_is_that_which_is_seen() -> None:
    """Whether an accented letter is written as one or as two."""
    for form, other in (("NFC", "NFD"), ("NFD", "NFC")):
        name = unicodedata.normalize(form, "Übersicht.txt")
        there = [replace(DOCUMENTS[0], doc_id=name)]
        asked = unicodedata.normalize(other, "What does Übersicht.txt say?")
        assert resolve(asked, there).documents == (name,)


def test_a_file_spoken_of_is_not_the_one_named() -> None:
    """An @ says which document is meant; other names then belong to the question."""
    scoped = resolve("@notes.md what is said of report.pdf?", DOCUMENTS)
    assert scoped == Scoped("what is said of report.pdf?", ("notes.md",), ("notes.md",))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("@nowhere.pdf", "no document is called “nowhere.pdf”; choose one after typing @"),
        ("@reprot.pdf", "did you mean @report.pdf?"),
        ("@anual-report", "did you mean @report.pdf"),
        ("@notes", "“notes” fits 2 documents (notes.md, notes.txt); give more of the name,"),
        ("@budget.xlsx", "(2024/budget.xlsx, 2025/budget.xlsx)"),
        ("@lunch", "write @*lunch* to ask them all"),
        ("@bud", "“bud” fits 2 documents"),
        ('@"annual rep', "is not closed; close it after the document's name"),
        ("@broken.pdf", "old/broken.pdf can't be asked: it is no PDF"),
        ("@*.zip", "no document is called “*.zip”"),
    ],
)
def test_a_name_of_none_or_several_is_told(name: str, says: str) -> None:
    """Nothing is asked silently that wasn't meant: one line says what there is instead."""
    with pytest.raises(FilterError, match=re.escape(says)) as caught:
        resolve(f"{name} {WHAT}", DOCUMENTS, [Failure("old/broken.pdf", "is no PDF")])
    assert "\n" not in str(caught.value)


def test_the_way_out_of_several_works() -> None:
    """The pattern that the complaint offers means all of them."""
    for name in ("lunch", "notes", "bud"):
        with pytest.raises(FilterError) as caught:
            resolve(f"@{name} {WHAT}", DOCUMENTS)
        offered = re.search(r"write (@\S+) to ask", str(caught.value))
        assert offered
        assert len(resolve(f"{offered[1]} {WHAT}", DOCUMENTS).documents or ()) > 1


@pytest.mark.parametrize("found", DOCUMENTS, ids=lambda d: d.doc_id)
def test_what_is_offered_names_that_document(found: DocumentInfo) -> None:
    """The way in which completion writes a document's name leads to it, or to its copies too."""
    written = mention(found.doc_id, DOCUMENTS)
    assert found.doc_id in (resolve(f"{written} {WHAT}", DOCUMENTS).documents or ())
    assert resolve(f"{WHAT[:-1]} in {written}?", DOCUMENTS).question == WHAT


def test_names_that_differ_in_case_only_are_told_apart() -> None:
    """The way in which completion writes each leads to that one; any other way to none of them."""
    documents = [
        info(name) for name in ("Notes.md", "notes.md", "a/Caf\u00e9.md", "a/Cafe\u0301.md")
    ]
    for d in documents:
        assert resolve(f"{mention(d.doc_id, documents)} {WHAT}", documents).documents == (d.doc_id,)
    with pytest.raises(FilterError, match="fits 2 documents"):
        resolve(f"@NOTES.md {WHAT}", documents)


@given(st.lists(st.from_regex(r"[\w (\[&.'-]{0,9}\w\.(txt|md)", fullmatch=True), unique=True))
def test_any_file_can_be_named(names: list[str]) -> None:
    """Whatever its file is called, a document can be named, and then it alone is meant, with
    those whose name differs in case only."""
    documents = [info(name, content="same") for name in names]
    for d in documents:
        found = resolve(f"{mention(d.doc_id, documents)} who?", documents)
        assert d.doc_id in (found.documents or ())
        assert found.question == "who?"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("rep", "report.pdf"),
        ("ann", "report.pdf"),
        ("notes.t", "notes.txt"),
        ("2024/", "2024/budget.xlsx"),
        ("plan 2", "plan 2030.docx"),
        ("isl", "notes.md"),
        ("code", "Ünïcode [v1].txt"),
    ],
)
def test_what_is_typed_is_completed(typed: str, first: str) -> None:
    """The likeliest document comes first, and no more come than are wanted."""
    found = suggest(typed, DOCUMENTS, 3)
    assert found[0].doc_id == first
    assert len(found) <= 3


def test_nothing_typed_lists_the_first() -> None:
    """A bare @ offers the documents in the order of their names."""
    assert [d.doc_id for d in suggest("", DOCUMENTS, 2)] == ["2024/budget.xlsx", "2025/budget.xlsx"]
    assert suggest("nothing like it", DOCUMENTS, 5) == []


def test_names_sort_as_people_sort_them() -> None:
    """Numbers in names count as numbers, and case does not."""
    names = ["Chapter 10", "chapter 2", "appendix", "2", "10", "Chapter"]
    assert sorted(names, key=natural) == [
        "2",
        "10",
        "appendix",
        "Chapter",
        "chapter 2",
        "Chapter 10",
    ]
