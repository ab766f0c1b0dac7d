"""A quote that leans on what stands before it brings that, word for word, beside itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from pp_qa.loading import markdown
from pp_qa.loading.plain import LOADER
from pp_qa.render.replies import reply_text
from pp_qa.types import Abstention, Answer, Coverage, Document, Quote
from pp_qa.verifying import cite

TEXT = """\
The lighthouse stands on Arnvik. It was built in 1820. Its lamp burns oil. This is known to all. They
say so still. Nothing else is there.

It has a keeper. He sleeps by day.

- It is red
- It is white
"""


def quote(text: str) -> tuple[Quote, Document]:
    document = LOADER.load(Path("a.txt"), "a.txt", TEXT.encode())
    start = document.text.index(text)
    span = type(document.blocks[0].span)(start, start + len(text))
    return Quote("a.txt", "p", span, text, 1.0, span), document


@pytest.mark.parametrize(
    ("said", "before"),
    [
        ("The lighthouse stands on Arnvik.", ""),
        ("It was built in 1820.", "The lighthouse stands on Arnvik."),
        ("Its lamp burns oil.", "The lighthouse stands on Arnvik. It was built in 1820."),
        ("They\nsay so still.", "It was built in 1820. Its lamp burns oil. This is known to all."),
        ("Nothing else is there.", ""),
        ("It has a keeper.", ""),
        ("He sleeps by day.", "It has a keeper."),
        ("- It is white", ""),
    ],
)
def test_a_pronoun_brings_what_it_stands_for(said: str, before: str) -> None:
    """Up to a sentence that leans on nothing, three at most, never over the border of a paragraph;
    the quote stays what it is."""
    citation = cite(1, *quote(said))
    assert citation.before == before
    assert citation.quote.text == said


def test_an_item_quoted_alone_brings_what_introduces_it() -> None:
    """Of a list that is too long to be quoted, the item comes with the line that introduces all of
    them; under a mere heading it comes alone."""
    items = "".join(f"\n- {i} ropes" for i in range(9))
    for over, before in (("We bought the following:", "We bought the following:"), ("# Goods", "")):
        text = f"{over}\n{items}\n"
        document = markdown.LOADER.load(Path("a.md"), "a.md", text.encode())
        span = next(b.span for b in document.blocks if b.span.of(text) == "- 5 ropes")
        assert cite(1, Quote("a.md", "p", span, "- 5 ropes", 1.0, span), document).before == before


def test_the_terminal_sets_it_apart() -> None:
    citations = (cite(1, *quote("It was built in 1820.")),)
    reply = Answer("When?", "When?", citations, 0.9, 1, Coverage(1, 1), {}, 0.3)
    printed = reply_text(reply)
    assert "    (The lighthouse stands on Arnvik.)\n[1] It was built in 1820." in printed


def test_an_excerpt_of_a_nearest_passage_comes_without_it() -> None:
    """It may begin further on, where those sentences say nothing."""
    closest = (cite(1, *quote("It was built in 1820.")),)
    reply = Abstention("Who?", "Who?", "no_answer", closest, 0.1, 1, Coverage(1, 1), {})
    assert "stands on Arnvik" not in reply_text(reply)
