"""Lists that were typed line by line, in formats that have lists of their own."""

from __future__ import annotations

import io

import docx
import pytest
from test_loading import check_structure, kinds, leads, load

BRING = "Please bring:"


def page(body: str) -> list[tuple[str, str]]:
    document = load(f"<html><body><main>{body}</main></body></html>".encode(), "a.html")
    check_structure(document)
    return kinds(document)


@pytest.mark.parametrize("first", ["- gloves", "• gloves", "1. gloves", "a) gloves", "i. gloves"])
@pytest.mark.parametrize("joint", ["<br>", "</p><p>"])
def test_a_list_of_a_page_may_be_typed(first: str, joint: str) -> None:
    """Its lines are broken, or each is a paragraph; the numbers count up."""
    following = {"1": "2", "a": "b", "i": "ii"}
    second = following.get(first[0], first[0]) + first[1:]
    body = f"<p>Hello. {BRING}</p><p>{first}{joint}{second}</p><p>Thanks.</p>"
    document = load(f"<html><body><main>{body}</main></body></html>".encode(), "a.html")
    assert leads(document) == [(first, BRING), (second, BRING)]


def test_a_list_may_be_a_part_of_a_paragraph() -> None:
    """What is above it introduces it; what is under it is none of its items."""
    assert page(f"<p>{BRING}<br>1. a hat<br>2. a coat<br>See you soon.</p>") == [
        ("lead", BRING),
        ("item", "1. a hat"),
        ("item", "2. a coat"),
        ("prose", "See you soon."),
    ]
    assert page("<p>- a hat<br>of wool<br>- a coat<br>of wax</p>") == [
        ("item", "- a hat\nof wool"),
        ("item", "- a coat\nof wax"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<p>— It is far.</p><p>— Not at all.</p>",
        "<p>3. It was so.</p><p>7. It was not.</p>",
        "<p>A. Smith wrote it.</p><p>T. Jones read it.</p>",
        f"<p>1. {'It is so. ' * 40}</p><p>2. {'It is not. ' * 40}</p>",
        "<p>It costs 5<br>- or so they say.</p>",
    ],
)
def test_what_only_begins_like_items_is_no_list(body: str) -> None:
    """Speech in a novel, numbers that don't count up, initials, and the long paragraphs of a text."""
    assert {kind for kind, _ in page(body)} == {"prose"}


def test_a_list_in_a_word_document_may_be_typed() -> None:
    """As paragraphs, or as the lines of one."""
    made = docx.Document()
    for text in (BRING, "• gloves", "• a spade", f"{BRING}\n1. a hat\n2. a coat"):
        made.add_paragraph(text)
    stream = io.BytesIO()
    made.save(stream)
    items = ["• gloves", "• a spade", "1. a hat", "2. a coat"]
    assert leads(load(stream.getvalue(), "a.docx")) == [(item, BRING) for item in items]


@pytest.mark.parametrize("label", ["To do", "**Shopping list**", "Ingredients (for 4)"])
def test_a_line_right_over_a_list_introduces_it(label: str) -> None:
    """Though it has no colon; not so a sentence, a fact, or a line with room under it."""
    listed = "- eggs\n- milk\n"
    found = load(f"Hello there.\n\n{label}\n{listed}".encode(), "a.md")
    assert leads(found) == [("- eggs", label), ("- milk", label)]
    for other in (f"{label}.\n", f"{label}\n\n", "Date: 5 May\n"):
        assert not any(lead for _, lead in leads(load(f"{other}{listed}".encode(), "a.md")))
