"""Text put together block by block: every block lies where it is said to lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from pp_qa.loading.building import TextBuilder
from pp_qa.loading.structure import table_row
from pp_qa.text import canonical
from pp_qa.types import BlockKind, Span

kinds = st.sampled_from(["heading", "prose", "item", "lead", "navigation"])


@given(st.lists(st.tuples(texts, kinds, st.sampled_from(["\n\n", "\n", "\n  "])), max_size=8))
def test_blocks_lie_where_they_are_said_to_lie(parts: list[tuple[str, BlockKind, str]]) -> None:
    """The text is canonical and can be stored, and each span returned covers its block."""
    builder, spans = TextBuilder(), []
    for text, kind, gap in parts:
        spans.append(
            builder.heading(text, 1) if kind == "heading" else builder.add(text, kind, gap=gap)
        )
    whole = builder.parsed()
    assert whole.text == canonical(whole.text)
    assert whole.text.encode().decode() == whole.text
    found = [span.of(whole.text) for span in spans if span]
    assert all(text == text.strip() != "" for text in found)
    headed = [h.span.of(whole.text) for h in whole.headings]
    assert [h.title for h in whole.headings] == headed
    starts = {b.span.start for b in whole.blocks}  # a list in a paragraph divides it
    assert starts >= {span.start for span in spans if span}


def test_what_nobody_sees_is_left_out() -> None:
    """Soft hyphens and zero-width spaces go, control characters and halves of pairs become
    spaces."""
    builder = TextBuilder()
    builder.add("Donau\u00addampf\u200bschiff\ufeff a\x00b\ud800c")
    assert builder.parsed().text == "Donaudampfschiff a b c"


def test_a_list_is_tied_and_a_row_is_not() -> None:
    """Items get the line that introduces them; a row has its header in it and stands alone."""
    builder = TextBuilder()
    lead = builder.add("Bring:")
    builder.add("- bread", "item")
    builder.add("- salt", "item", gap="\n")
    builder.row(["Country", "Capital"], ["France", "Paris"], gap="\n\n")
    after = builder.add("loose", "item")
    parsed = builder.parsed()
    assert parsed.text == "Bring:\n\n- bread\n- salt\n\nCountry: France; Capital: Paris\n\nloose"
    assert [b.lead for b in parsed.blocks] == [None, lead, lead, None, None]
    assert parsed.blocks[-1].span == after


def test_an_included_part_moves_with_its_leads() -> None:
    """A chapter put together elsewhere keeps its structure at its new place."""
    chapter = TextBuilder()
    chapter.heading("One", 1)
    chapter.add("Bring:")
    chapter.add("- bread", "item")
    book = TextBuilder()
    book.add("Preface.")
    span = book.include(chapter.parsed("Chapter"))
    assert book.include(TextBuilder().parsed()) == Span(len(book.parsed().text), span.end)
    parsed = book.parsed("Book")
    assert parsed.title == "Book"
    assert span.of(parsed.text) == chapter.parsed().text
    assert [(b.kind, b.span.of(parsed.text)) for b in parsed.blocks] == [
        ("prose", "Preface."),
        ("heading", "One"),
        ("lead", "Bring:"),
        ("item", "- bread"),
    ]
    assert parsed.blocks[-1].lead == parsed.blocks[-2].span
    assert [h.span.of(parsed.text) for h in parsed.headings] == ["One"]


@pytest.mark.parametrize(
    ("header", "cells", "row"),
    [
        (["Country", "Capital"], ["France", "Paris"], "Country: France; Capital: Paris"),
        (
            ["Country:", "Capital", "Note"],
            ["Peru", "", "none\nyet"],
            "Country: Peru; Note: none yet",
        ),
        ([], ["France", "Paris"], "France; Paris"),
        (["Country"], ["France", "Paris"], "Country: France; Paris"),
        (["Country"], [" "], ""),
    ],
)
def test_a_row_is_written_with_its_header(header: list[str], cells: list[str], row: str) -> None:
    """Each cell has its column's header before it; empty cells are left out."""
    assert table_row(header, cells) == row
