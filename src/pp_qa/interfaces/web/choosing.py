"""Which documents a page asks: those that were ticked, or those that a question names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pp_qa.errors import FilterError
from pp_qa.mentions import may_name, resolve

if TYPE_CHECKING:
    from pp_qa.protocols import IndexStore

_NAMED = 3
"""Documents that are named one by one where it is said which were asked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """All documents but these, or these only. So that a choice stays small where there are many
    documents, and new ones are asked unless only some were chosen."""

    every: bool = True
    ids: frozenset[str] = frozenset()

    @classmethod
    def given(cls, value: object) -> Choice:
        """What the page sent; anything else than a choice is all documents."""
        if not isinstance(value, Mapping) or not isinstance(value.get("ids"), list):
            return cls()
        return cls(bool(value.get("every")), frozenset(map(str, value["ids"])))

    def among(self, store: IndexStore) -> frozenset[str] | None:
        """The documents that are there of those chosen; None for all."""
        if self.every and not self.ids:
            return None
        if not self.every:
            return frozenset(d.doc_id for d in store.documents(self.ids))
        return frozenset(d.doc_id for d in store.documents()) - self.ids


ALL = Choice()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is asked: without mentions, of these documents, None for all. `scope`
    says which, in words, and `named` is the mentions alone."""

    question: str
    documents: list[str] | None = None
    scope: str = ""
    named: str = ""


def asked(question: str, choice: Choice, store: IndexStore) -> Asked:
    """What a question that was typed asks. What it names counts before what is ticked.

    Raises FilterError for a name that fits no document or several, and where none is chosen.
    """
    chosen, named = choice.among(store), ""
    if may_name(question):
        scoped = resolve(question, store.documents(), store.manifest.failures)
        question, named = scoped.question, scoped.written
        chosen = chosen if scoped.documents is None else frozenset(scoped.documents)
    if chosen is None:
        return Asked(question)
    if not chosen:
        raise FilterError("no document is chosen; tick those to ask in the Documents tab")
    total = store.manifest.documents
    scope = _scope(sorted(chosen), total) if len(chosen) < total else ""
    return Asked(question, sorted(chosen), scope, named)


def _scope(chosen: list[str], total: int) -> str:
    if len(chosen) <= _NAMED:
        return ", ".join(chosen)
    return f"{len(chosen):,} of {total:,} documents"
