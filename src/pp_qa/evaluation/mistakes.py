"""The questions that pp_qa got wrong, with what is needed to see why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pp_qa.evaluation.metrics import rank_of
from pp_qa.evaluation.report import gold_rank, is_answered, is_right, place_of
from pp_qa.types import Span

if TYPE_CHECKING:
    from pp_qa.evaluation.run import Outcome
    from pp_qa.evaluation.suites import Gold
    from pp_qa.protocols import IndexStore

Kind = Literal["wrong quote", "falsely refused", "falsely answered"]


def kind_of(outcome: Outcome, threshold: float) -> Kind | None:
    """What is wrong with the reply to a question; None where nothing is."""
    answered = is_answered(outcome, threshold)
    if not outcome.question.answerable:
        return "falsely answered" if answered else None
    if not answered:
        return "falsely refused"
    return None if is_right(outcome) else "wrong quote"


def describe(outcome: Outcome, kind: Kind, store: IndexStore) -> dict[str, Any]:
    """A mistake as one JSON value. `gold_rank` is the rank of the gold passage among those
    retrieved, `gold_sentence_rank` that of the gold sentence among those read; null where it is
    not among them."""
    question, first = outcome.question, next(iter(outcome.quotes), None)
    sentences = (
        place_of(s.passage.passage_id, s.passage.doc_id, s.sentence.span, outcome)
        for s in outcome.reading.scores
    )
    return {
        "kind": kind,
        "id": question.question_id,
        "question": question.text,
        "search_query": outcome.query,
        "gold": list(dict.fromkeys(_sentences(g, store) for g in question.gold)),
        "gold_documents": list(dict.fromkeys(g.doc_id for g in question.gold)),
        "quoted": first.text if first else None,
        "quoted_document": first.doc_id if first else None,
        "first_quote_right": is_right(outcome),
        "confidence": round(outcome.reading.confidence, 4),
        "gold_rank": gold_rank(outcome) if question.gold else None,
        "gold_sentence_rank": rank_of(sentences, question.gold) if question.gold else None,
    }


def _sentences(gold: Gold, store: IndexStore) -> str:
    """The sentences that a gold range lies in, or the title of a gold document."""
    document = store.document(gold.doc_id)
    if gold.span is None:
        return document.title
    held = [
        s.span
        for passage in store.passages(gold.doc_id)
        for s in passage.sentences
        if s.span.overlap(gold.span)
    ]
    around = Span(min(s.start for s in held), max(s.end for s in held)) if held else gold.span
    return around.of(document.text)
