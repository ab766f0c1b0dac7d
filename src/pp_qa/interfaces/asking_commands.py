"""`pp-qa ask`, `search`, `show` and `verify`: what the documents say."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pp_qa.errors import FilterError, UsageError
from pp_qa.interfaces.options import (
    AsJson,
    Corpus,
    Documents,
    Index,
    print_result,
    ready_assistant,
    settings_for,
)
from pp_qa.render.json import hit_json, reply_json, span_json
from pp_qa.render.replies import hits_text, reply_text, span_text
from pp_qa.render.verdicts import verification_json, verification_text
from pp_qa.types import Span

ABSTAINED = 3
NOT_ALL = 3


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    document: Documents = None,
    min_confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="Abstain below this.", show_default=False)
    ] = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with quotes, or say that the documents don't (exit code 3)."""
    assistant = ready_assistant(settings_for(corpus, index))
    reply = assistant.ask(question, documents=document or None, min_confidence=min_confidence)
    print_result(reply_json(reply), as_json, reply_text(reply))
    if not reply.answered:
        raise typer.Exit(ABSTAINED)


def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 5,
    document: Documents = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """The nearest passages, with their scores."""
    hits = ready_assistant(settings_for(corpus, index)).retrieve(question, k, document or None)
    print_result([hit_json(h) for h in hits], as_json, hits_text(hits))


def show(
    address: Annotated[str, typer.Argument(metavar="DOC:START-END", help="A quote's address.")],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """A quote in its document."""
    from pp_qa.stores.local import LocalStore
    from pp_qa.verifying import is_current

    doc_id, span = parse_address(address)
    document = LocalStore.open(settings_for(None, index).index_dir).document(doc_id)
    if span.end > len(document.text):
        raise FilterError(f"{doc_id} has {len(document.text)} characters; {address} lies beyond")
    value = span_json(document, span, is_current(document))
    print_result(value, as_json, span_text(document, span))


def parse_address(address: str) -> tuple[str, Span]:
    """`DOC:START-END` taken apart. Raises UsageError when it is no address."""
    doc_id, _, place = address.rpartition(":")
    start, dash, end = place.partition("-")
    try:
        if not doc_id or not dash:
            raise ValueError
        return doc_id, Span(int(start), int(end))
    except ValueError:
        raise UsageError(
            f"{address!r} is no address; it has the form DOC:START-END, as answers print it"
        ) from None


def verify(
    text: Annotated[
        str, typer.Argument(help="A quotation, or a text that quotes; - reads standard input.")
    ],
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source", "-s", metavar="NAME", help="The document it is said to be from. Repeatable."
        ),
    ] = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Do the documents say what a text quotes? (exit code 3 when not all of it)"""
    text = _standard_input() if text == "-" else text
    found = ready_assistant(settings_for(corpus, index)).verify(text, source or None)
    print_result(verification_json(found), as_json, verification_text(found))
    if not found.holds:
        raise typer.Exit(NOT_ALL)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is no UTF-8 ({error.reason}); convert it") from error
