"""Suites → what the reader is trained on: documents cut into sentences, questions with their
gold ranges, and passages that look as if they answered.

`report` splits are never read: a question whose id stands in one, and a document that one asks
about, is refused even where another suite offers it.
"""

from __future__ import annotations

import re
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pp_qa.errors import UsageError
from pp_qa.evaluation.suites import Question, Suite, load_suite, suite_rows
from pp_qa.stores.lexical import LexicalIndex, add
from pp_qa.text import sentences
from pp_qa.types import Block, Document, Span

SUITES = {
    "squad": "tune",
    "squad2": "tune",
    "squad2-train44": "train",
    "squad2-extra-unanswerable": "train",
    "squadshifts-new_wiki": "train",
    "squadshifts-amazon_reviews": "train",
    "policyqa": "train",
    "qed-train": "train",
    "nq-gold": "train",
}
"""The split of each suite that is trained on."""
EVERYDAY = Path(__file__).parent / "everyday"
"""A suite of our own: documents and questions as people have them."""
VAGUE = {"squadshifts-amazon_reviews", "policyqa"}
"""Suites whose questions ("what colour is it?") many documents answer: what retrieval finds
elsewhere is no example of a passage without the answer."""
HELD_OUT = 5
"""One in so many articles of squad and squad2, which share them, is left to choose and calibrate
by."""
_NEGATIVES = 6
_PARAGRAPH = re.compile(r"[^\n]+")
_SPACED = (("``", '" '), ("''", ' "'))
"""Quotation marks of the tokenised suites, replaced at the same length."""


@dataclass(frozen=True, slots=True)
class Text:
    """A document: its paragraphs as the sentences they hold, and by where an item of a list begins
    what introduces it."""

    title: str
    text: str
    paragraphs: tuple[tuple[Span, ...], ...]
    leads: Mapping[int, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """A question of one suite. `place` is (document, paragraph) of the answer or, where there
    is none, of what looks like it; `negatives` are paragraphs that retrieval finds without one. Any
    gold range answers or, of `every`, all of them together."""

    suite: str
    question_id: str
    question: str
    doc: str
    paragraph: int
    gold: tuple[Span, ...]
    negatives: tuple[tuple[str, int], ...] = ()
    every: bool = False


def load(folder: Path) -> tuple[dict[str, Text], list[Example], list[Example]]:
    """Documents by name, the examples to train on, and those held out to choose by.

    Raises UsageError when a suite is missing.
    """
    forbidden = _reported(folder)
    texts: dict[str, Text] = {}
    training: list[Example] = []
    held: list[Example] = []
    places = {folder / name: split for name, split in SUITES.items()} | {EVERYDAY: "train"}
    for place, split in places.items():
        name, suite = place.name, load_suite(place, split)
        used = {q.scope or q.gold[0].doc_id for q in suite.questions}
        titles = _titles(place)
        own = {d.doc_id: _text(d, titles[d.doc_id]) for d in suite.documents if d.doc_id in used}
        texts |= {f"{name}/{i}": t for i, t in own.items()}
        out = {d for d in used if is_held_out(name, d)}
        for example in _examples(suite, own):
            if example.question_id in forbidden:
                raise UsageError(
                    f"question {example.question_id} of {name} stands in a report split;"
                    " take it out of the training data"
                )
            (held if example.doc.partition("/")[2] in out else training).append(example)
    return texts, training, held


def _reported(folder: Path) -> set[str]:
    """The ids of all questions in any report split of the folder."""
    ids: set[str] = set()
    for place in sorted(folder.iterdir()):
        if (place / "questions.jsonl.gz").is_file():
            try:
                ids |= {q.question_id for q in load_suite(place, "report").questions}
            except UsageError:  # a suite without a report split
                continue
    return ids


def is_held_out(suite: str, doc: str) -> bool:
    return suite in ("squad", "squad2") and zlib.crc32(doc.encode()) % HELD_OUT == 0


def _titles(suite: Path) -> dict[str, str]:
    documents, _ = suite_rows(suite)
    return {row["id"]: row["title"].replace("_", " ") for row in documents}


def _text(document: Document, title: str) -> Text:
    text = document.text
    for spaced, plain in _SPACED:
        text = text.replace(spaced, plain)
    paragraphs = []
    for match in _PARAGRAPH.finditer(text):
        block = Block(Span(*match.span()), "prose")
        if found := tuple(s.span for s in sentences(text, [block])):
            paragraphs.append(found)
    leads = {b.span.start: b.lead for b in document.blocks if b.lead and b.kind == "item"}
    return Text(title, text, tuple(paragraphs), leads)


def _examples(suite: Suite, texts: Mapping[str, Text]) -> list[Example]:
    places = [(d, n) for d, t in texts.items() for n in range(len(t.paragraphs))]
    examples = []
    with tempfile.TemporaryDirectory() as folder:
        words = ((i, d, _paragraph(texts[d], n)) for i, (d, n) in enumerate(places))
        add(Path(folder), words)
        index = LexicalIndex(Path(folder))
        for question in suite.questions:
            found = [places[i] for i, _ in index.search(question.text, 30)]
            if (example := _example(suite.name, question, texts, found, index, places)) is not None:
                examples.append(example)
    return examples


def _example(
    suite: str,
    question: Question,
    texts: Mapping[str, Text],
    found: list[tuple[str, int]],
    index: LexicalIndex,
    places: list[tuple[str, int]],
) -> Example | None:
    if not question.answerable:
        assert question.scope is not None
        near = [places[i] for i, _ in index.search(question.text, 3, [question.scope])]
        if not near:
            return None
        return Example(
            suite, question.question_id, question.text, f"{suite}/{near[0][0]}", near[0][1], (),
            tuple((f"{suite}/{d}", n) for d, n in near[1:]),
        )  # fmt: skip
    gold = [g.span for g in question.gold if g.span is not None]
    doc = question.gold[0].doc_id
    text = texts[doc]
    holds = (n for n, p in enumerate(text.paragraphs) if p[0].start <= gold[0].start < p[-1].end)
    if (paragraph := next(holds, None)) is None:
        return None
    whole = text.paragraphs[paragraph]
    if not any(whole[0].start <= g.start and g.end <= whole[-1].end for g in gold):
        return None
    answers = {g.of(text.text).casefold() for g in gold}
    negatives: list[tuple[str, int]] = []
    for d, n in found if suite not in VAGUE else []:
        other = _paragraph(texts[d], n).casefold()
        if (d, n) != (doc, paragraph) and not any(a in other for a in answers):
            negatives.append((f"{suite}/{d}", n))
    return Example(
        suite, question.question_id, question.text, f"{suite}/{doc}", paragraph, tuple(gold),
        tuple(negatives[:_NEGATIVES]), question.need == "all",
    )  # fmt: skip


def _paragraph(text: Text, n: int) -> str:
    spans = text.paragraphs[n]
    return text.text[spans[0].start : spans[-1].end]
