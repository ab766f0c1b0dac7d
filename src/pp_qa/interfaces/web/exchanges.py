"""A question of the conversation and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pp_qa.interfaces.web.markup import Html
from pp_qa.mentions import has_mentions
from pp_qa.types import Abstention, Answer, Citation, Reply


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
        """Whether it was asked of the documents that a question before it named."""
        return bool(self.named) and not has_mentions(self.question)

    @property
    def citations(self) -> tuple[Citation, ...]:
        match self.reply:
            case Answer():
                return self.reply.citations
            case Abstention():
                return self.reply.closest
        return ()


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
