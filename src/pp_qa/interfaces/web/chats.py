"""What becomes of conversations: kept, listed, opened again, linked to. Knows no Gradio."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from pp_qa.errors import FilterError, PpQaError, VerificationError
from pp_qa.interfaces.web import earlier, listing
from pp_qa.interfaces.web.history import Around, Kept, Surroundings
from pp_qa.types import Answer
from pp_qa.verifying import is_current, verify

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.interfaces.web.exchanges import Exchange
    from pp_qa.interfaces.web.history import History
    from pp_qa.interfaces.web.markup import Html
    from pp_qa.interfaces.web.visitors import Visitor
    from pp_qa.types import Citation, Document

    Documents = Callable[[str], Document]

log = logging.getLogger("pp_qa")

SHOWN = 50
"""Exchanges of a conversation that are shown when it is opened: the last ones."""


class Chats:
    """Conversations over one assistant, each visitor's own."""

    def __init__(self, assistant: Assistant | None, history: History) -> None:
        self.assistant = assistant
        self.history = history

    def keep(self, visitor: Visitor, before: Sequence[Exchange], after: Sequence[Exchange]) -> None:
        """Keep what a conversation has become."""
        if visitor.owner:
            self.history.keep(visitor.owner, before, after, self._around)

    def begin(self, visitor: Visitor) -> None:
        """A new chat: the page comes back to it, not to the one before."""
        if visitor.owner:
            self.history.set_current(visitor.owner, "")

    def last(self, visitor: Visitor) -> tuple[Exchange, ...]:
        """The conversation that the visitor had open."""
        return self._opened(self.history.load(visitor.owner, self.history.current(visitor.owner)))

    def open(self, visitor: Visitor, conversation_id: str) -> tuple[Exchange, ...]:
        """A conversation, its quotes verified now; nothing where the visitor has no such one."""
        kept = self.history.load(visitor.owner, conversation_id)
        if kept:
            self.history.set_current(visitor.owner, conversation_id)
        return self._opened(kept)

    def linked(self, visitor: Visitor, answer_id: str) -> tuple[tuple[Exchange, ...], Html]:
        """One answer, verified now, and what to say about it."""
        found = self.history.answer(visitor.owner, answer_id)
        if found is None:
            return (), listing.NO_ANSWER
        conversation_id, kept = found
        self.history.set_current(visitor.owner, conversation_id)
        title = self.history.title(visitor.owner, conversation_id)
        return self._opened([kept]), listing.one_answer(title, conversation_id)

    def again(self, visitor: Visitor, shown: object) -> tuple[Exchange, ...]:
        """The exchanges that a page of the visitor's shows, by their answers' ids, with the turns
        that they have there."""
        turns = shown if isinstance(shown, Mapping) else {}
        found = (self.history.answer(visitor.owner, str(answer)) for answer in turns)
        conversation_id = next((f[0] for f in found if f), "")
        kept = self.history.load(visitor.owner, conversation_id)
        there = [k for k in kept if isinstance(turns.get(k.exchange.answer_id), int)]
        return tuple(self._shown(k, turns[k.exchange.answer_id]) for k in self._checked(there))

    def held(self, visitor: Visitor, exchanges: Sequence[Exchange]) -> str:
        """The conversation that a page shows; where it isn't known, the one opened last."""
        found = exchanges and self.history.answer(visitor.owner, exchanges[-1].answer_id)
        return found[0] if found else self.history.current(visitor.owner)

    def listing(self, visitor: Visitor, search: str = "") -> Html:
        """The list of the visitor's conversations."""
        search = " ".join(search.split())
        found = self.history.conversations(visitor.owner, search)
        problem = self.history.problem
        return listing.listing(found, search, self.history.current(visitor.owner), problem)

    def saved(self, visitor: Visitor, conversation_id: str) -> tuple[str, tuple[Kept, ...]]:
        """A conversation's title and all of it, each quote verified now."""
        kept = self.history.load(visitor.owner, conversation_id)
        return self.history.title(visitor.owner, conversation_id), self._checked(kept)

    def saved_answer(self, visitor: Visitor, answer_id: str) -> tuple[str, tuple[Kept, ...]]:
        """One answer, by its question."""
        found = self.history.answer(visitor.owner, answer_id)
        return (found[1].exchange.question, self._checked([found[1]])) if found else ("", ())

    # ── within ───────────────────────────────────────────────────────────────

    def _around(self, exchange: Exchange) -> Around:
        found = {}
        for c in exchange.citations:
            document = self._still(c, self._documents())
            found[c.number] = (
                earlier.surroundings(c, document) if document else Surroundings(last_page=c.page)
            )
        return found

    def _opened(self, kept: Sequence[Kept]) -> tuple[Exchange, ...]:
        """Exchanges for a page, each quote verified now."""
        checked = self._checked(kept[-SHOWN:])
        return tuple(self._shown(k, turn) for turn, k in enumerate(checked, start=1))

    def _checked(self, kept: Sequence[Kept]) -> tuple[Kept, ...]:
        """The same, a citation being `current` where its document says it now."""
        document = self._documents() if self.assistant else _gone
        found = []
        for k in kept:
            reply = k.exchange.reply
            now = tuple(self._as_now(c, document) for c in k.exchange.citations)
            if isinstance(reply, Answer):
                reply = replace(reply, citations=now)
            elif reply is not None:
                reply = replace(reply, closest=now)
            found.append(replace(k, exchange=replace(k.exchange, reply=reply)))
        return tuple(found)

    def _as_now(self, citation: Citation, document: Documents) -> Citation:
        found = self._still(citation, document)
        return replace(citation, current=found is not None and is_current(found))

    def _still(self, citation: Citation, document: Documents) -> Document | None:
        """The citation's document, where that says it still."""
        try:
            found = document(citation.quote.doc_id)
            verify(citation.quote, found)
        except (FilterError, VerificationError):
            return None
        except PpQaError as error:
            log.warning("a quote can't be verified: %s", error)
            return None
        return found

    def _documents(self) -> Documents:
        assert self.assistant is not None  # without one there is no citation
        return lru_cache(maxsize=32)(self.assistant.store.document)

    def _shown(self, kept: Kept, turn: int) -> Exchange:
        """An exchange with the panes to show where its documents have changed."""
        e = kept.exchange
        panes = {
            c.number: earlier.pane(
                replace(c, current=True),  # the pane itself says that it is of the past
                kept.around.get(c.number, Surroundings()),
                turn,
                answers=isinstance(e.reply, Answer),
            )
            for c in e.citations
        }
        return replace(e, turn=turn, panes=panes)


def _gone(doc_id: str) -> Document:
    raise FilterError(f"there is no index, so no {doc_id}")
