"""What became of each quotation in a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pp_qa.checking import extraction
from pp_qa.checking.claims import Claim, Names
from pp_qa.checking.differences import unmarked
from pp_qa.checking.extraction import Quotation
from pp_qa.checking.lookup import Found, Lookup, Part, listed, parts, standing_in, whole
from pp_qa.errors import QuestionError
from pp_qa.types import Check, Coverage, Place, Quote, Span, Verification
from pp_qa.verifying import cite

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder, IndexStore
    from pp_qa.types import Verdict

READ_ALL = 100_000_000
"""Characters in all documents up to which every one is read for a quotation that the searches
don't find: two seconds for half of it."""
MOST = 500
"""Quotations or sentences of one text."""
_PASTED_WORDS = 300
_PASTED_EDITS = 0.1
_PASTED_OUTSIDE = 3
"""A text that quotes, and departs from a document in this share of its words, or in two of them,
and in at most one of three of those that it doesn't quote, is itself a quotation pasted without
its marks."""


def check(
    text: str,
    store: IndexStore,
    embedder: Embedder,
    source: frozenset[str] | None = None,
    between: Callable[[], None] = lambda: None,
) -> Verification:
    """What became of a text's quotations. `source` are the documents that all of them are said
    to be from, whatever the text says. `between` is called between two of them, and between two
    documents that are read; what it raises gives the work up."""
    judge = _Judge(Lookup(store, embedder), text, source, between)
    asked, marked = extraction.quoted(text, judge.names)
    if len(asked) > MOST:
        raise QuestionError(
            f"the text has {len(asked):,} quotations or sentences, the most is {MOST};"
            " verify it in parts"
        )
    cases = [judge.open(q) for q in asked]
    everything = extraction.whole(text)
    pasted = None
    if all(case.quotation.text != everything.text for case in cases):
        pasted = judge.open(everything)
    complete = judge.read_all([*cases, *([pasted] if pasted else [])])
    if pasted and judge.is_quotation(pasted, cases if marked else []):
        cases, marked = [pasted], False
    manifest = store.manifest
    unread = tuple(f.source for f in manifest.failures)
    return Verification(
        checks=tuple(judge.close(case) for case in cases),
        marked=marked,
        complete=complete,
        generation=manifest.generation,
        coverage=Coverage(manifest.documents, manifest.passages, unread),
    )


@dataclass
class _Case:
    """A quotation being looked up: the passages that are near it, and where it was found.
    `wordings` are its parts as it stands and, where it has ellipses, without them."""

    quotation: Quotation
    claim: Claim
    regions: dict[str, list[Span]]
    wordings: list[list[Part]]
    found: list[Found] = field(default_factory=list)


class _Judge:
    def __init__(
        self,
        lookup: Lookup,
        text: str,
        source: frozenset[str] | None,
        between: Callable[[], None],
    ) -> None:
        self._lookup = lookup
        self._between = between
        self._source = source
        self._documents = lookup.store.documents()
        self._names = Names(self._documents, text)
        self._references = extraction.references(text)

    def names(self, quoted: str) -> bool:
        return self._names.has(quoted)

    def open(self, quotation: Quotation) -> _Case:
        """Looked for where its words are most likely to be."""
        self._between()
        claim = self._names.claim(quotation.near, self._references)
        if self._source is not None:
            claim = Claim(self._source, claim.pages)
        regions = self._lookup.by_words(quotation.text)
        if claim.doc_ids is not None:
            named = self._lookup.by_words(quotation.text, claim.doc_ids)
            regions = {d: named.get(d, []) for d in sorted(claim.doc_ids)} | regions
        as_is, split = whole(quotation.text), parts(quotation.text)
        same = [p.text for p in split] == [quotation.text]
        case = _Case(quotation, claim, regions, [as_is] if same else [as_is, split])
        self._look(case, regions)
        if not case.found:
            further = {
                doc_id: spans
                for doc_id, spans in self._lookup.by_likeness(quotation.text).items()
                if doc_id not in regions
            }
            case.regions |= further
            self._look(case, further)
        return case

    def _look(self, case: _Case, doc_ids: Iterable[str]) -> None:
        for sought in case.wordings:
            case.found = case.found or self._lookup.standing(sought, doc_ids, case.claim)

    def read_all(self, cases: Sequence[_Case]) -> bool:
        """What wasn't found is looked for in every other document: a search by words or likeness
        may pass a text by. False when that would take too long, and something may be missed."""
        missing = [case for case in cases if not case.found]
        if missing and sum(d.character_count for d in self._documents) > READ_ALL:
            return False
        for info in self._documents if missing else []:
            unread = [case for case in missing if info.doc_id not in case.regions]
            if not unread:
                continue
            self._between()
            document = self._lookup.store.document(info.doc_id)
            for case in unread:
                standing = (list(standing_in(w, document, case.claim)) for w in case.wordings)
                case.found += next(filter(None, standing), [])
        for case in missing:
            case.found = listed(case.found)
        return True

    def is_quotation(self, pasted: _Case, inside: Sequence[_Case]) -> bool:
        """Whether a whole text is one quotation, though it has no marks around it and quotes
        `inside` it."""
        if pasted.found:
            return True
        words = _size(pasted)
        if not inside or words > _PASTED_WORDS:
            return False
        nearest = self._lookup.altered(pasted.wordings[0], pasted.regions)
        if nearest is None or nearest.distance > max(2, _PASTED_EDITS * words):
            return False
        if all(unmarked(d.quoted) == unmarked(d.stored) for d in nearest.differences):
            return False  # nothing but its marks is new: they are those of whoever quotes
        return nearest.distance * _PASTED_OUTSIDE <= words - sum(map(_size, inside))

    def close(self, case: _Case) -> Check:
        self._between()
        found, verdict = self._verdict(case)
        return Check(
            quoted=case.quotation.text,
            span=case.quotation.span,
            verdict=verdict,
            places=tuple(self._place(f, _size(case)) for f in found),
            differences=found[0].differences if found else (),
            claimed=case.claim.words(),
        )

    def _verdict(self, case: _Case) -> tuple[list[Found], Verdict]:
        if not case.found:
            nearest = self._lookup.altered(case.wordings[-1], case.regions)
            if nearest is None:
                return [], "not_found"
            return [nearest], "altered" if nearest.differences else "typography"
        whole = [f for f in case.found if not f.differences]
        if not whole:
            return case.found[:1], "altered"
        right = [f for f in whole if case.claim.admits(self._place(f).parts)]
        if not right:
            return whole, "misattributed"
        others = [f for f in whole if f not in right]
        return [*right, *others], "exact" if right[0].verbatim else "typography"

    def _place(self, found: Found, words: int = 1) -> Place:
        document = self._lookup.document(found.doc_id)
        passages = self._lookup.passages(found.doc_id)
        starts = [p.span.start for p in passages]
        citations = []
        for number, span in enumerate(found.spans, start=1):
            passage = passages[bisect_right(starts, span.start) - 1]
            likeness = max(0.0, 1 - found.distance / max(1, words))
            quote = Quote(
                found.doc_id, passage.passage_id, span, span.of(document.text), likeness, span
            )
            citations.append(cite(number, quote, document))
        return Place(tuple(citations))


def _size(case: _Case) -> int:
    """In words."""
    return sum(len(part.wording.words) for part in case.wordings[-1])
