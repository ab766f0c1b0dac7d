"""A question of the conversation and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pp_qa.interfaces.web.markup import Html
from pp_qa.mentions import has_mentions
from pp_qa.types import Abstention, Answer, Citation, Reply, Turn


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it: a reply, or the problem that there was none. `panes` has
    the source of each citation as it was when it was cited, by number; `run` is what the page
    calls this asking; one that stood `alone` was asked without what was said before it; `scope`
    names the documents that were asked, where not all were, and `named` is what the question says
    of it. `answer_id` is what a link calls it by, and no one can guess; `asked` is when."""

    turn: int
    question: str
    reply: Reply | None = None
    problem: str = ""
    panes: Mapping[int, Html] = field(default_factory=dict)
    run: str = ""
    alone: bool = False
    scope: str = ""
    named: str = ""
    answer_id: str = field(default_factory=lambda: secrets.token_hex(12), compare=False)
    asked: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat("T", "seconds"), compare=False
    )

    @property
    def answers(self) -> bool:
        return isinstance(self.reply, Answer)

    @property
    def asks(self) -> bool:
        """Whether it is part of what was talked about: no courtesy, and no failure."""
        return self.reply is not None and (
            self.reply.answered or self.reply.reason != "nothing_asked"
        )

    @property
    def understood(self) -> str:
        """What it was understood to ask, as one would type it; "" where there was no reply."""
        return f"{self.named} {self.reply.search_query}".strip() if self.reply else ""

    @property
    def inherits(self) -> bool:
        """Whether it was asked of documents that it doesn't name with an @ itself: those of a
        question before it, or a file that it may only speak of."""
        return bool(self.named) and not has_mentions(self.question)

    @property
    def citations(self) -> tuple[Citation, ...]:
        match self.reply:
            case Answer():
                return self.reply.citations
            case Abstention():
                return self.reply.closest
        return ()


Exchanges = tuple[Exchange, ...]


def in_its_place(asking: Exchange, before: Exchanges) -> tuple[str, Exchanges]:
    """What is asked, and after which exchanges: after none where it stands alone, unless it says
    just what an earlier question was understood to ask. It is that one then, in its place."""
    if not asking.alone:
        return asking.question, before
    said = " ".join(asking.question.split())
    for place, exchange in reversed(list(enumerate(before))):
        if exchange.understood == said:
            return in_its_place(exchange, before[:place])
    return asking.question, ()


def history(exchanges: Exchanges) -> list[Turn]:
    """The conversation as the assistant takes it, from the last question on that was to be asked as
    it stands; what failed is no part of it."""
    begins = [
        place
        for place, e in enumerate(exchanges)
        if e.alone and in_its_place(e, exchanges[:place]) == (e.question, ())
    ]
    turns = []
    for e in exchanges[max(begins, default=0) :]:
        if e.reply is not None:
            quoted = e.citations if e.reply.answered else ()
            said = "\n".join(c.quote.text for c in quoted)  # no name goes on in the next
            heading = " ".join(quoted[0].heading_path[-1:]) if quoted else ""
            turns += [
                Turn("user", e.reply.question, e.reply.search_query),
                Turn("assistant", said, heading),
            ]
    return turns


def by_document(reply: Reply) -> Reply:
    """An answer with the quotes of one document beside each other, those of the best quote first,
    and numbered in this order."""
    if not isinstance(reply, Answer):
        return reply
    ordered = [c for group in groups(reply.citations) for c in group]
    numbered = tuple(replace(c, number=n) for n, c in enumerate(ordered, start=1))
    return replace(reply, citations=numbered)


def groups(citations: Sequence[Citation]) -> list[list[Citation]]:
    """The citations of each document, in the order of their first ones."""
    groups: dict[str, list[Citation]] = {}
    for c in citations:
        groups.setdefault(c.quote.doc_id, []).append(c)
    return list(groups.values())
