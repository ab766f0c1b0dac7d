"""What the reader is trained on, and how fast: questions narrowed to what a paragraph has or hasn't."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # for training/, which isn't installed

from pp_qa.types import Span
from training.corpus import Example, Text
from training.examples import Sampler
from training.train import LOWER, _cycle, _rate

FIRST = "The mill in Harlem made flour. In 1873 it employed forty men."
SECOND = "A fire in Oxford destroyed the barn."
TEXT = Text(
    "The mill", f"{FIRST}\n{SECOND}\n", ((Span(0, 30), Span(31, 61)), (Span(62, 62 + len(SECOND)),))
)


def sampler(question: str, gold: str, suite: str = "squad") -> tuple[Sampler, Example]:
    start = TEXT.text.index(gold)
    example = Example(suite, "q", question, "squad/d", 0, (Span(start, start + len(gold)),))
    return Sampler({"squad/d": TEXT}, [example], random.Random(5)), example


def test_a_question_is_narrowed_by_what_its_answer_stands_with() -> None:
    """The answer stays right: a qualifier of the very sentence, at the end, before the mark."""
    known, example = sampler("What did the mill make?", "flour")
    assert known._narrowed(example) == "What did the mill make in Harlem?"
    lower, example = sampler("what did the mill make", "flour")
    assert lower._narrowed(example) == "what did the mill make in harlem"


def test_a_question_is_narrowed_to_what_its_paragraph_lacks() -> None:
    """A place of another paragraph or a year that isn't there: then nothing answers it."""
    known, example = sampler("What did the mill make?", "flour")
    made = {known._misplaced(example) for _ in range(40)}
    assert "What did the mill make in Oxford?" in made
    assert all(q and "Harlem" not in q and "1873" not in q for q in made)
    assert len(made) > 2  # years are made up


@pytest.mark.parametrize(
    "question", ["What was made in Harlem?", "What did it look like in", "Who came with whom in?"]
)
def test_a_question_that_is_narrowed_already_or_open_stays(question: str) -> None:
    known, example = sampler(question, "flour")
    assert known._narrowed(example) == question
    assert known._misplaced(example) is None


def test_the_rate_rises_and_falls_in_each_cycle() -> None:
    cycles = [100.0, 200.0]
    assert _rate(6.0, cycles) == pytest.approx(1.0, abs=0.01)
    assert _rate(99.0, cycles) < 0.01
    assert _rate(112.0, cycles) == pytest.approx(LOWER, abs=0.01)
    assert _rate(299.0, cycles) < 0.01
    assert [_cycle(spent, cycles) for spent in (0.0, 99.0, 100.0, 299.0, 300.0)] == [1, 1, 2, 2, 2]


@pytest.mark.parametrize(("suite", "places"), [("everyday", 3), ("squad2", 1)])
def test_where_a_question_without_an_answer_is_read(suite: str, places: int) -> None:
    """In each paragraph that is near, where the whole document is known not to answer it."""
    spans = (Span(0, 9), Span(10, 19), Span(20, 29))
    text = Text("Rooms", "One door.\nTwo beds.\nTen mats.\n", tuple((s,) for s in spans))
    near = ((f"{suite}/d", 0), (f"{suite}/d", 1))
    example = Example(suite, "q", "Who sleeps?", f"{suite}/d", 2, (), near)
    known = Sampler({f"{suite}/d": text}, [example], random.Random(5))
    nearest = (example.doc, example.paragraph)
    assert {known._nearby(example) for _ in range(40)} == {nearest, *near[: places - 1]}


def test_what_begins_with_an_item_gets_what_introduces_its_list() -> None:
    lines = ["We take:", "- sofas of any size, if they bear the label that says so", "- bikes"]
    text = "\n".join(lines) + "\n"
    starts = [text.index(line) for line in lines]
    spans = [Span(a, a + len(line)) for a, line in zip(starts, lines, strict=True)]
    listed = Text("Waste", text, tuple((s,) for s in spans), dict.fromkeys(starts[1:], spans[0]))
    example = Example("everyday", "q", "what is taken", "everyday/d", 1, tuple(spans[1:]), (), True)
    known = Sampler({"everyday/d": listed}, [example], random.Random(5))
    drawn = [known._at(known._placed(example)) for _ in range(60)]
    assert {d.sentences[0] for d in drawn} == {spans[0]}
    assert all(d.every for d in drawn)
    assert {len(d.gold) for d in drawn} == {
        1,
        2,
    }  # what lies in the stretch, of whichever paragraph


def test_where_every_sentence_is_needed_none_is_enough() -> None:
    """The loss of a network that sees one of two gets smaller when it sees both alike, unless any
    one is enough."""
    import torch

    from training.network import _among

    one, both = torch.tensor([[0.0, 4.0, 0.0]]), torch.tensor([[0.0, 3.0, 3.0]])
    right = torch.tensor([[False, True, True]])
    any_of_them, every = torch.tensor([False]), torch.tensor([True])
    assert _among(both, right, every) < _among(one, right, every)
    assert torch.isclose(
        _among(one, right, any_of_them), -torch.log_softmax(one, 1)[:, 1:].logsumexp(1)[0]
    )
