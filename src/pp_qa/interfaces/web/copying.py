"""A reply as plain text for the clipboard: quotation marks, numbers and addresses."""

from __future__ import annotations

import re

from pp_qa.render.replies import address, place_name
from pp_qa.types import Answer, Citation, Reply

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")


def copied(question: str, reply: Reply) -> str:
    """The question, and each quote word for word with its place; of an abstention, that there is
    no answer. `pp-qa show` takes the addresses, and `pp-qa verify` the whole text."""
    if isinstance(reply, Answer):
        parts = [f"[{c.number}] {with_address(c)}" for c in reply.citations]
    elif reply.reason == "nothing_asked":
        parts = ["Nothing to look up."]
    else:
        parts = ["Not answered in these documents."]
    return "\n\n".join([question, *parts]) + "\n"


def with_address(c: Citation) -> str:
    """One quote, word for word, with its place; without blank lines, at which a quotation ends for
    whoever reads the copy."""
    said = _BLANK_LINES.sub("\n", c.quote.text)
    return f"“{said}”\n— {place_name(c)} ({address(c.quote.doc_id, c.quote.span)})"
