"""How sure a reply is, in words and figures, and where its quotes come from. Pure, as `talk` is."""

from __future__ import annotations

from collections.abc import Iterator

from pp_qa.interfaces.web.markup import Html, html, join
from pp_qa.render.printing import percent
from pp_qa.types import Answer, Citation, Reply


def compared(reply: Reply) -> tuple[str, str]:
    """The confidence, and the one that an answer needs, as finely as it takes to tell them apart."""
    both = reply.confidence, reply.threshold
    told = percent(both[0]), percent(both[1])
    for digits in (1, 2, 3):
        if both[0] != both[1] and told[0] == told[1]:
            told = f"{both[0]:.{digits}%}", f"{both[1]:.{digits}%}"
    return told


def level(answer: Answer) -> tuple[str, str]:
    """A name for the style sheet, and the words. However sure the reader is, no document has what an
    `absent` name stands for."""
    if answer.absent:
        return "low", "Perhaps about something else"
    if answer.confidence >= 0.7:
        return "high", "High confidence"
    return ("good", "Good confidence") if answer.confidence >= 0.45 else ("low", "Low confidence")


def why(c: Citation, reply: Reply) -> Html:
    """What each stage made of a quote, to be opened under it."""
    rows = join(
        html("<dt>{name}</dt><dd><b>{figure}</b> {meaning}</dd>", name=n, figure=f, meaning=m)
        for n, f, m in _stages(c, reply)
    )
    return html(
        '<details class="why"><summary>Why this<span class="unheard"> {kind} {n}</span></summary>'
        "<dl>{rows}</dl></details>",
        kind="quote" if reply.answered else "text",
        n=c.number,
        rows=rows,
    )


def _stages(c: Citation, reply: Reply) -> Iterator[tuple[str, str, str]]:
    """Stage, figure, what the figure says."""
    if c.found:
        likeness, words = (c.found.legs.get(leg) for leg in ("dense", "lexical"))
        if likeness is not None:
            yield "Likeness", _score(likeness), "how near its passage is in meaning; 1 is the same"
        if words is not None:
            yield "Words", _score(words), "words it shares with the question; 1 is the best passage"
        rank = f"rank {c.found.rank} of the {c.found.of} passages that were read"
        yield "Both together", _score(c.found.score), rank
    if reply.answered:
        yield "Reader", _score(c.quote.score), "how well this answers, read with the question"
    confidence, threshold = compared(reply)
    needed = f"that the best answers the question; an answer needs {threshold}"
    yield "Confidence", confidence, needed


def _score(score: float) -> str:
    return f"{score:.2f}"
