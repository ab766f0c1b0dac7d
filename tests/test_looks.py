"""Candidates are read among their neighbours, and the most promising once more, closely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from pp_qa.chunking import chunk
from pp_qa.models.features import candidates
from pp_qa.models.looks import Networks, read_candidates
from pp_qa.models.network import Network, Read
from pp_qa.testing import make_document
from pp_qa.types import Hit

TEXT = "Ana rows. Bo sings. Cy paints. Di writes. Ed sleeps. Flo runs. Gus bakes. Hal swims."
ITEMS = "The club meets on these days:\n\n- every Monday\n- every Friday in summer\n- every Sunday\n- in May\n"


class ScriptedNetwork:
    """Gives each sentence the odds that are written down for it, by how many are read together."""

    def __init__(self, odds: dict[str, dict[int, float]]) -> None:
        self.odds = odds
        self.asked: list[tuple[str, ...]] = []

    def read(
        self, question: str, passages: Sequence[tuple[str, Sequence[str]]]
    ) -> list[list[Read]]:
        self.asked += [tuple(sentences) for _, sentences in passages]
        return [[self._read(s, len(sentences)) for s in sentences] for _, sentences in passages]

    def _read(self, sentence: str, together: int) -> Read:
        known = next((odds for word, odds in self.odds.items() if word in sentence), {})
        odds = known.get(together, -5.0)
        return Read(odds, odds - 1, (0, together))


def read(
    text: str, odds: dict[str, dict[int, float]], like: dict[str, float] | None = None
) -> tuple[dict[str, Read], ScriptedNetwork, ScriptedNetwork]:
    reader, close_reader = ScriptedNetwork(odds), ScriptedNetwork(odds)
    (passage,) = chunk(make_document(text), 400)
    found = candidates([Hit(passage, 1.0, 1, "fused")])
    texts = [passage.slice(c.sentence.span) for c in found]
    likeness = [(like or {}).get(text, 0.0) for text in texts]
    reads = read_candidates(pair(reader, close_reader), "Who?", found, likeness)
    return dict(zip(texts, reads, strict=True)), reader, close_reader


def rounded(read: Read) -> Read:
    return replace(read, odds=round(read.odds, 6), span_odds=round(read.span_odds, 6))


def pair(reader: ScriptedNetwork, close_reader: ScriptedNetwork) -> Networks:
    return Networks(cast(Network, reader), cast(Network, close_reader))


FIRST = {"Ana": 3, "Bo": 2, "Cy": 1, "Di": 0.5, "Ed": -1, "Flo": -2, "Gus": -3, "Hal": -4}
"""What is made of each sentence of TEXT where all are read together."""


def test_the_most_promising_are_read_closely() -> None:
    """The other network reads the six best sentences once more with their neighbours only; the mean of
    what it makes of a sentence counts three fifths, and the answer is where it saw it best. A
    neighbour gains by it as well. The others keep what the first said."""
    odds = {name: {8: float(value)} for name, value in FIRST.items()}
    odds["Ana"] |= {2: 7.0, 3: 5.0}  # by itself it has one neighbour
    odds["Bo"] |= {2: -3.0, 3: -6.0}
    odds["Gus"] |= {3: 4.0}
    reads, reader, close_reader = read(TEXT, odds)
    assert rounded(reads["Ana rows."]) == Read(4.8, 3.8, (0, 2))
    assert rounded(reads["Bo sings."]) == Read(-2.2, -3.2, (0, 2))
    assert rounded(reads["Gus bakes."]) == Read(1.2, 0.2, (0, 3))
    assert reads["Hal swims."] == Read(-4.0, -5.0, (0, 8))
    assert [len(texts) for texts in reader.asked] == [8]
    assert ("Bo sings.", "Cy paints.", "Di writes.") in close_reader.asked
    assert len(close_reader.asked) == 6


def test_what_is_alike_is_read_closely() -> None:
    """Of sentences that the first look makes little of, those that are like the question."""
    odds = {name: {8: float(value)} for name, value in FIRST.items()}
    *_, close_reader = read(TEXT, odds, {"Hal swims.": 0.4})
    assert ("Gus bakes.", "Hal swims.") in close_reader.asked
    assert len(close_reader.asked) == 6


def test_an_item_is_read_closely_with_what_introduces_it() -> None:
    items = "".join(f"- every {day}\n" for day in ("Monday", "Tuesday", "Friday", "Sunday"))
    odds = {"Sunday": {5: 2.0, 3: 4.0}}
    *_, close_reader = read(f"The club meets on these days:\n\n{items}", odds)
    lead = "The club meets on these days:"
    assert (lead, "- every Friday", "- every Sunday") in close_reader.asked


def test_a_list_is_worth_its_best_item() -> None:
    """The line that introduces a list takes over what was made of the best item, read again, and
    marks no answer, for that stands in the item."""
    odds = {"every Friday": {5: 2.0, 4: 4.0, 3: 4.0}, "The club": {5: 1.0, 4: 0.0, 3: 0.0}}
    reads, *_ = read(ITEMS, odds)
    assert rounded(reads["The club meets on these days:"]) == Read(3.2, 2.2, (0, 0))


def test_names_of_columns_are_worth_what_they_say() -> None:
    """A table's best row is quoted itself; its header takes nothing over from it."""
    odds = {"50 euros": {3: 4.0, 2: 4.0}, "Plan": {3: -3.0, 2: -3.0}}
    reads, *_ = read("Plan      Price\nBasic     10 euros\nTeam      50 euros\n", odds)
    assert rounded(reads["Plan      Price"]) == Read(-3.0, -4.0, (0, 3))


def test_nothing_found_is_nothing_read() -> None:
    nothing = ScriptedNetwork({})
    assert read_candidates(pair(nothing, nothing), "Who?", [], []) == []
