"""What the page does: a question in, the parts of the page out. Knows no Gradio."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from pp_qa.errors import FilterError, PpQaError, VerificationError
from pp_qa.interfaces.web import checks, frame, library_views, source, talk
from pp_qa.interfaces.web.choosing import ALL, Asked, Choice, asked
from pp_qa.interfaces.web.exchanges import (
    Exchange,
    Exchanges,
    by_document,
    history,
    in_its_place,
)
from pp_qa.interfaces.web.markup import Html
from pp_qa.render.printing import sentence
from pp_qa.types import Answer, Turn
from pp_qa.verifying import is_current, verify

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.interfaces.web.changes import Changes
    from pp_qa.protocols import IndexStore
    from pp_qa.types import Citation, Document, Verification

log = logging.getLogger("pp_qa")

KEPT = 50
"""Exchanges of a conversation that are kept and shown."""
_STOPPED = 1_000
"""Runs that were stopped and are remembered: no question runs for longer than so many others."""
_EXAMPLES = 3
_TRIED = 12
"""Headings tried, at most, to find the examples, and documents that they are of."""
_LONGEST_EXAMPLE = 90
_APOLOGY = "Something went wrong here, not with your question. The log says what; please try again."
_ENDED = "The server no longer has this conversation. Ask the question again to see its source."
_UNCHECKED = "The server no longer has this check. Check the text again to see its places."
_CHANGED = "The document has changed since it was checked. Check the text again."

Notice = str | Callable[[], str]
"""A line that is shown on top, or what gives it."""


class Chat:
    """One page's conversations over one assistant. Thread-safe: it holds no conversation, only
    the names of the runs that were stopped last, and where those that go on were asked."""

    def __init__(
        self, assistant: Assistant | None, notice: Notice = "", changes: Changes | None = None
    ) -> None:
        self.assistant = assistant
        self._changes = changes
        self._notice = notice
        self._stopped: dict[str, None] = {}
        self._asked_on: dict[str, str] = {}
        self._examples = lru_cache(maxsize=1)(self._find_examples)

    # ── what is shown ────────────────────────────────────────────────────────

    @property
    def notice(self) -> str:
        """What there is to say on top now, as a sentence."""
        notice = self._notice if isinstance(self._notice, str) else self._notice()
        return sentence(notice) if notice else ""

    def banner(self) -> Html:
        """The notice, where the opening doesn't show it."""
        return frame.banner(self.notice if self.assistant else "")

    def heading(self, name: str = "") -> Html:
        return frame.heading(self.assistant.manifest if self.assistant else None, name)

    def opening(self) -> Html:
        """The conversation before its first question."""
        if self.assistant is None:
            return talk.conversation((), frame.missing(self.notice))
        manifest = self.assistant.manifest
        if not manifest.documents:
            return talk.conversation((), self._first())
        examples = self._examples(manifest.generation)
        return talk.conversation((), frame.opening(manifest, examples))

    @property
    def ready(self) -> bool:
        """Whether there is anything to ask."""
        return self.assistant is not None and self.assistant.manifest.documents > 0

    @property
    def open_to_files(self) -> bool:
        """Whether documents can be added on the page."""
        return self._changes is not None and not self._changes.refusal

    def _first(self) -> Html:
        """What there is to do before there are documents."""
        failures = self.assistant.manifest.failures if self.assistant else ()
        if self._changes is None or not self.open_to_files:
            unread = library_views.unread(failures)
            return frame.missing(self.notice, served=True, unread=unread)
        return library_views.first(self._changes, failures)

    def shown(self, exchanges: Exchanges) -> Html:
        """The conversation as it is now."""
        return talk.conversation(exchanges, Html()) if exchanges else self.opening()

    def ask(
        self,
        question: str,
        before: Exchanges,
        *,
        run: str = "",
        page: str = "",
        alone: bool = False,
        instead_of: int | None = None,
        choice: Choice = ALL,
    ) -> tuple[Html, Html | None, Exchanges] | None:
        """The conversation, the source pane and the exchanges after one more question; None
        for the pane where it stays as it was, because there was no reply, and None for all
        where the `run` was stopped, or the `page` that asked was left.

        A question that stands `alone` is asked without what was said before it; one that says what
        an earlier question was understood to ask is that question once more, and gets the same
        answer. One `instead_of` an earlier turn takes its place and that of all that followed it.
        """
        kept = tuple(e for e in before if instead_of is None or e.turn < instead_of)
        turn = before[-1].turn + 1 if before else 1
        self._asked_on[run] = page
        try:
            new = self._reply(Exchange(turn, question, run=run, alone=alone), kept, choice)
            self._check(run)
        except _Stopped:
            return None
        finally:
            self._asked_on.pop(run, None)
        exchanges = (*kept, new)[-KEPT:]
        beside = None
        if isinstance(new.reply, Answer):
            beside = self.open(new.turn, new.citations[0].number, exchanges)
        elif new.reply is not None:
            beside = source.waiting(nearest=bool(new.citations))
        return talk.conversation(exchanges, Html()), beside, exchanges

    def stop(self, run: str, exchanges: Exchanges) -> Exchanges:
        """The exchanges without what a run gave, also when that is still to come."""
        if run:
            self._stopped[run] = None
        if len(self._stopped) > _STOPPED:
            self._stopped.pop(next(iter(self._stopped)), None)
        return tuple(e for e in exchanges if not run or e.run != run)

    def leave(self, page: str) -> None:
        """Nobody waits any more for what was asked on a page."""
        for run in [run for run, where in list(self._asked_on.items()) if where == page]:
            self.stop(run, ())

    def open(self, turn: int, number: int, exchanges: Exchanges) -> Html:
        """The source pane on one citation. It is verified again now; where its document no longer
        says it, the text is shown that was verified when it was cited, and said to be that."""
        exchange = next((e for e in exchanges if e.turn == turn), None)
        citations = exchange.citations if exchange else ()
        citation = next((c for c in citations if c.number == number), None)
        if self.assistant is None or exchange is None or citation is None:
            return source.unavailable(_ENDED)
        try:
            return _pane(
                self.assistant.store, citation, turn, quotes=citations, answers=exchange.answers
            )
        except (FilterError, VerificationError):
            return exchange.panes[number]
        except PpQaError as error:
            return source.unavailable(sentence(str(error)))
        except Exception:
            log.exception("the source pane failed")
            return source.unavailable(_APOLOGY)

    def open_place(self, checked: Verification | None, numbers: Sequence[object]) -> Html:
        """The source pane on one place of a quotation that was checked, verified again now."""
        try:
            if self.assistant is None or checked is None:
                raise LookupError
            citation = checks.place(checked, numbers)
            return _pane(self.assistant.store, citation, turn=0)
        except LookupError:
            return source.unavailable(_UNCHECKED)
        except (FilterError, VerificationError):
            return source.unavailable(_CHANGED)
        except PpQaError as error:
            return source.unavailable(sentence(str(error)))
        except Exception:
            log.exception("the source pane failed")
            return source.unavailable(_APOLOGY)

    def scope(self, choice: Choice) -> Html:
        """The line that says how many documents are asked, where that isn't all."""
        if self.assistant is None:
            return Html()
        try:
            store = self.assistant.store
            chosen, total = choice.among(store), store.manifest.documents
        except PpQaError as error:
            return frame.banner(sentence(str(error)))
        except Exception:
            log.exception("the line over the question failed")
            return frame.banner(_APOLOGY)
        if chosen is None or len(chosen) == total:
            return Html()
        return library_views.scope(len(chosen), total)

    def open_document(self, doc_id: str) -> Html:
        """The source pane on a document from its beginning."""
        try:
            if self.assistant is None:
                return source.unavailable(_ENDED)
            return source.beginning(self.assistant.document(doc_id))
        except PpQaError as error:
            return source.unavailable(sentence(str(error)))
        except Exception:
            log.exception("the source pane failed")
            return source.unavailable(_APOLOGY)

    # ── asking ───────────────────────────────────────────────────────────────

    def _reply(self, asking: Exchange, before: Exchanges, choice: Choice) -> Exchange:
        """The exchange with what comes of its question."""
        if self.assistant is None:
            return replace(asking, problem="There are no documents to search yet.")
        try:
            # The panes are of the generation that answers.
            then = self.assistant.pinned(lambda: self._check(asking.run))
            question, before = in_its_place(asking, before)
            earlier = history(before)
            wanted = self._asked(question, choice, then, earlier, before)
            reply = by_document(then.ask(wanted.question, earlier, wanted.documents))
            exchange = replace(asking, reply=reply, scope=wanted.scope, named=wanted.named)
            panes = {
                c.number: _pane(
                    then.store,
                    c,
                    asking.turn,
                    quotes=exchange.citations,
                    answers=exchange.answers,
                    now=False,
                )
                for c in exchange.citations
            }
            return replace(exchange, panes=panes)
        except _Stopped:
            raise
        except PpQaError as error:
            return replace(asking, problem=sentence(str(error)))
        except Exception:
            log.exception("a question on the page failed")
            return replace(asking, problem=_APOLOGY)

    def _check(self, run: str) -> None:
        if run in self._stopped:
            raise _Stopped

    def _asked(
        self,
        question: str,
        choice: Choice,
        then: Assistant,
        earlier: Sequence[Turn],
        before: Exchanges,
    ) -> Asked:
        """What a question asks: of the documents that the last question named, where it names
        none and leans on that."""
        wanted = asked(question, choice, then.store)
        last = next((e for e in reversed(before) if e.asks), None)
        if wanted.named or not earlier or last is None or not last.named:
            return wanted
        with suppress(FilterError):  # what it named is gone
            narrower = asked(f"{last.named} {question}", choice, then.store)
            # What finds its answer alone among all of them is a new question, whatever those say.
            if all(then.leans(a.question, earlier, a.documents) for a in (wanted, narrower)):
                return narrower
        return wanted

    def _find_examples(self, generation: int) -> tuple[str, ...]:
        """Questions about sections of the first documents: only such as get an answer."""
        assert self.assistant is not None
        found: list[str] = []
        try:
            documents = self.assistant.documents()[:_TRIED]
            texts = [self.assistant.document(d.doc_id) for d in documents]
            for question in _questions(texts)[:_TRIED]:
                if len(found) < _EXAMPLES and self.assistant.ask(question).answered:
                    found.append(question)
        except Exception:  # examples are a courtesy: the page does without
            log.exception("the page has no examples for generation %d", generation)
        return tuple(found)


class _Stopped(Exception):
    """A question is given up because nobody waits for its answer."""


def _pane(
    store: IndexStore,
    citation: Citation,
    turn: int,
    *,
    quotes: Sequence[Citation] = (),
    answers: bool = True,
    now: bool = True,
) -> Html:
    """The source of a citation in a generation. Raises FilterError or VerificationError where it
    is not in it."""
    quote = citation.quote
    document = store.document(quote.doc_id)
    verify(quote, document)
    citation = replace(citation, current=is_current(document))
    passages = store.passages(quote.doc_id)
    around = next((p.span for p in passages if p.passage_id == quote.passage_id), quote.span)
    return source.pane(citation, document, around, turn, quotes=quotes, answers=answers, now=now)


def _questions(documents: Sequence[Document]) -> list[str]:
    """What could be asked, taken in turn from each document's section headings."""
    columns = [
        [s.heading_path[-1] for s in d.sections if s.heading_path and s.heading_path[-1] != d.title]
        for d in documents
    ]
    rows = max(map(len, columns), default=0)
    headings = [c[row] for row in range(rows) for c in columns if row < len(c)]
    short = dict.fromkeys(h for h in headings if 8 <= len(h) <= _LONGEST_EXAMPLE)
    return [h if h.endswith("?") else f"What is said about “{h}”?" for h in short]
