"""Which sentences are quoted: whole lists, no repeats, nothing that only looks like a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pp_qa.chunking import chunk
from pp_qa.evidence import closest, select
from pp_qa.loading.plain import LOADER
from pp_qa.models.features import candidates
from pp_qa.models.network import Read
from pp_qa.models.reading import Seen
from pp_qa.types import Document, Hit, Quote, Reading, SentenceScore, Span
from pp_qa.verifying import cite

TEXT = """\
The plan has three aims.

It focuses on:
- Ending the fighting
- Rebuilding the bridges
- Opening the schools

Key points of the plan
- The bridges are rebuilt first.
- The schools open in May.

Read more: Ten other plans you should know

The plan has three aims. It is not the last plan that was made for the valley.
"""


def read(favourites: list[str], text: str = TEXT) -> tuple[Document, list[Hit], Reading]:
    """A reading that scores sentences by the first favourite they contain, 0.9, 0.8, …"""
    document = LOADER.load(Path("plan.txt"), "plan.txt", text.encode())
    hits = [Hit(p, 1.0, i, "fused") for i, p in enumerate(chunk(document, 200), start=1)]
    scores = []
    for hit in hits:
        for sentence in hit.passage.sentences:
            words = hit.passage.slice(sentence.span)
            rank = next((i for i, f in enumerate(favourites) if f in words), None)
            score = 0.01 if rank is None else 0.9 - rank / 10
            scores.append(SentenceScore(sentence, hit.passage, score))
    scores.sort(key=lambda s: (-s.score, s.sentence.span))
    return document, hits, Reading(tuple(scores), 0.9)


def quote(favourites: list[str], limit: int = 3) -> list[Quote]:
    document, _, reading = read(favourites)
    quotes = select("", reading, limit, lambda _: document)
    for found in quotes:
        assert found.span.of(document.text) == found.text
        assert found.span.contains(found.highlight)
    return quotes


def test_an_item_brings_its_whole_list_and_the_line_that_introduces_it() -> None:
    """An item that is no sentence of its own is quoted from the lead to the last item."""
    (found, *_) = quote(["bridges"], limit=1)
    assert found.text.startswith("It focuses on:")
    assert found.text.endswith("- Opening the schools")
    assert found.highlight.of(TEXT) == "- Rebuilding the bridges"


def test_a_lead_brings_its_list() -> None:
    """A question that the introducing line matches gets the list, not the line alone."""
    (found, *_) = quote(["It focuses on:"], limit=1)
    assert "- Ending the fighting" in found.text


def test_a_whole_sentence_under_a_heading_stands_alone() -> None:
    """An item that says something by itself is quoted by itself."""
    (found, *_) = quote(["schools open in May"], limit=1)
    assert found.text == "- The schools open in May."


def test_a_heading_over_a_list_brings_the_list() -> None:
    """A question that names the heading gets what stands under it."""
    (found, *_) = quote(["Key points"], limit=1)
    assert found.text.startswith("Key points")
    assert found.text.endswith("- The schools open in May.")


def test_navigation_is_never_quoted() -> None:
    """A line that sends the reader elsewhere is no evidence, however well it scores."""
    assert all("Ten other" not in found.text for found in quote(["Ten other", "last plan"]))


def test_a_sentence_that_stands_twice_is_quoted_once() -> None:
    """Two quotes never say the same."""
    texts = [found.text for found in quote(["three aims", "last plan"])]
    assert texts == [
        "The plan has three aims.",
        "It is not the last plan that was made for the valley.",
    ]


def test_quotes_never_overlap_and_keep_to_the_limit() -> None:
    """Several items of one list give one quote, not several that overlap."""
    found = quote(["Ending", "Rebuilding", "Opening", "schools open", "last plan"], limit=3)
    assert len(found) == 3
    assert len({q.span for q in found}) == 3
    assert not any(a.span.overlap(b.span) for a in found for b in found if a is not b)


def test_quotes_far_below_the_first_are_left_out() -> None:
    """A sentence that scores next to nothing is not shown to fill up."""
    assert len(quote(["last plan"])) == 1


def test_a_sentence_that_answers_too_is_quoted_however_far_below_the_first() -> None:
    """What the Reader takes for a further part of the answer is quoted, a weaker rival isn't."""
    document, _, reading = read(["last plan", "schools open", "bridges are"])
    first, second, third, *_ = reading.scores
    weaker = [
        replace(second, score=first.score / 4, further=0.5),
        replace(third, score=first.score / 4, further=0.01),
    ]
    quotes = select("", Reading((first, *weaker), 0.9), 4, lambda _: document)
    assert [q.text for q in quotes] == [
        first.sentence.span.of(document.text),
        "- The schools open in May.",
    ]


def test_the_nearest_passages_are_shown_whole_without_white_space_around_them() -> None:
    """An abstention shows passages, each with its best sentence marked, never a bare heading."""
    document, hits, reading = read(["Key points", "schools open in May"])
    for found in closest(hits, reading, 3):
        assert found.span.of(document.text) == found.text == found.text.strip()
        assert found.span.contains(found.highlight)
        assert found.highlight.of(document.text) != "Key points of the plan"


FAQ = """\
Q: When is the hotline open?
A: On weekdays from eight to six. Calls are free.

Q: Can I pay by card?
A: Yes, by any card.
"""


def test_a_question_brings_its_answer() -> None:
    """A question in a document is quoted with its answer, which is what is highlighted."""
    document, _, reading = read(["When is the hotline"], FAQ)
    (found,) = select("", reading, 1, lambda _: document)
    assert found.text.startswith("Q: When is the hotline open?")
    assert found.text.endswith("Calls are free.")
    assert found.highlight.of(FAQ) == "A: On weekdays from eight to six. Calls are free."


ROOMS = """\
Each flat has the laundry on one day:
1. Ground floor: Monday
2. First floor: Wednesday
3. Second floor: Friday

Fees

Plan      Price
Basic     10 euros
Team      50 euros
"""


@pytest.mark.parametrize(
    ("question", "read_best", "answer"),
    [
        ("On which day has the second floor the laundry?", "Each flat", "3. Second floor: Friday"),
        ("On which days has each flat the laundry?", "Each flat", ROOMS[38:111]),
        ("On which 2 days has a floor the laundry?", "Each flat", ROOMS[38:111]),
        ("And the second? (first floor day)", "Each flat", "3. Second floor: Friday"),
        ("And when? (second floor)", "Each flat", "3. Second floor: Friday"),
        ("What are the prices?", "Plan", "Basic     10 euros\nTeam      50 euros"),
        ("What is the price of a team?", "Plan", "Team      50 euros"),
    ],
)
def test_what_answers_in_a_list_is_the_item_that_the_question_names(
    question: str, read_best: str, answer: str
) -> None:
    """Where what introduces it is read best, an item that has more of the question's words than any
    other is what answers, and else all items are; numbers that only count them don't tell."""
    document, _, reading = read([read_best], ROOMS)
    (found,) = select(question, reading, 1, lambda _: document)
    assert found.highlight.of(ROOMS) == answer


def test_a_full_stop_answers_nothing() -> None:
    """What a network took for the answer is underlined only where it has a word."""
    _, hits, _ = read([])
    (first, *_) = found = tuple(candidates(hits))
    for start, answers in ((0, True), (len(first.text) - 1, False)):
        reads = (Read(1.0, 1.0, (start, len(first.text))),) * len(found)
        assert (Seen("?", found, np.zeros((0, 0)), reads).answer(0) is not None) is answers


def test_what_answers_in_the_item_that_is_named_is_what_was_read_there() -> None:
    """As in any other sentence."""
    document, _, reading = read(["Each flat"], ROOMS)
    day = Span(ROOMS.index("Friday"), ROOMS.index("Friday") + len("Friday"))
    scores = tuple(
        replace(s, highlight=day) if s.sentence.span.contains(day) else s for s in reading.scores
    )
    question = "On which day has the second floor the laundry?"
    (found,) = select(question, Reading(scores, 0.9), 1, lambda _: document)
    assert found.highlight == day


STEPS = """\
Making the soup

1. Wash the lentils.
2. Fry the onions.
3. Simmer for an hour.
"""


def test_steps_come_whole_and_in_order() -> None:
    """A numbered list is quoted whole even where each step is a sentence of its own."""
    document, _, reading = read(["Fry"], STEPS)
    (found,) = select("", reading, 1, lambda _: document)
    assert "1. Wash" in found.text
    assert "3. Simmer" in found.text


def test_a_second_item_of_one_list_brings_all_of_it() -> None:
    """Two points of one list are not two answers but the list."""
    document, _, reading = read(["bridges are rebuilt", "schools open in May"])
    (found,) = select("", reading, 3, lambda _: document)
    assert found.text.startswith("Key points")
    assert found.highlight.of(document.text) == "- The bridges are rebuilt first."


FEES = "Fees\n\nPlan      Price\nBasic     10 euros\nTeam      50 euros\n"


def test_a_row_is_quoted_with_the_names_of_its_columns_before_it() -> None:
    """They are shown before the row, and are no second row: two rows bring the table."""
    document, _, reading = read(["50 euros", "Plan"], FEES)
    (found,) = select("", reading, 3, lambda _: document)
    assert found.text == found.highlight.of(document.text) == "Team      50 euros"
    assert cite(1, found, document).before == "Plan      Price"
    document, _, reading = read(["50 euros", "10 euros"], FEES)
    (found,) = select("", reading, 3, lambda _: document)
    assert found.text == FEES.removeprefix("Fees").strip()
    assert found.highlight.of(document.text) == "Team      50 euros"


def test_names_of_columns_are_read_alone_and_before_each_row() -> None:
    """Not together with all rows, as what introduces a list is."""
    _, hits, _ = read([], FEES)
    names, *rows = [(c.text, c.before) for c in candidates(hits)]
    assert names == ("Plan      Price", "Fees")
    assert rows == [("Basic     10 euros", names[0]), ("Team      50 euros", names[0])]


def test_a_list_ends_where_it_ends_in_the_document() -> None:
    """A list that stands in several passages is quoted to its last item, or not as a list."""
    items = "".join(f"- point number {i} of the harbour statute\n" for i in range(60))
    document = LOADER.load(Path("a.txt"), "a.txt", f"It rests on:\n{items}".encode())
    passages = chunk(document, 60)
    assert len(passages) > 2
    first = passages[0]
    scores = tuple(SentenceScore(s, first, 0.9 - i / 100) for i, s in enumerate(first.sentences))
    (found, *_) = select("", Reading(scores, 0.9), 1, lambda _: document)
    assert found.text.endswith("point number 59 of the harbour statute")


@pytest.mark.parametrize(
    ("other", "repeats"),
    [
        ("The pump of the second house weighs 15 kg without its hose and cable.", False),
        ("The pump of the second house doesn't weigh 14 kg without its hose and cable.", False),
        ("The pump of the second Bergen house weighs 14 kg without its hose and cable.", False),
        ("the pump of the second house weighs 14 kg without its cable and hose!", True),
    ],
)
def test_what_differs_in_a_number_a_name_or_a_not_is_no_repeat(other: str, repeats: bool) -> None:
    """Two documents that contradict each other are both quoted."""
    said = "The pump of the second house weighs 14 kg without its hose and cable."
    document, _, reading = read(["pump"], f"{said}\n\nA line between.\n\n{other}\n")
    quotes = select("", reading, 4, lambda _: document)
    assert [q.text for q in quotes] == ([said] if repeats else [said, other])
