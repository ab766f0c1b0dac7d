"""Ask a folder of documents; get back sentences quoted from it word for word, or an honest no.

>>> import pp_qa
>>> pp_qa.retrieve("Who met in Miami?", k=5)          # list[Hit]
>>> pp_qa.ask("Who met in Miami?")                    # Answer | Abstention
>>> pp_qa.verify("Witkoff: “They met in Miami.”")      # Verification
>>> qa = pp_qa.Assistant.open("index")                # keeps the models warm; thread-safe
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache

from pp_qa.assistant import Assistant
from pp_qa.errors import PpQaError
from pp_qa.types import (
    Abstention,
    Answer,
    Check,
    Citation,
    Difference,
    Document,
    Hit,
    Passage,
    Place,
    Quote,
    Reply,
    Span,
    Turn,
    UpdateReport,
    Verification,
)

__all__ = [
    "Abstention",
    "Answer",
    "Assistant",
    "Check",
    "Citation",
    "Difference",
    "Document",
    "Hit",
    "Passage",
    "Place",
    "PpQaError",
    "Quote",
    "Reply",
    "Span",
    "Turn",
    "UpdateReport",
    "Verification",
    "ask",
    "retrieve",
    "verify",
]
__version__ = "0.1.0"

_opening = threading.Lock()


@cache
def _opened(*_: str) -> Assistant:
    from pp_qa.composing import answering
    from pp_qa.settings import load_settings

    return answering(load_settings())


def _default() -> Assistant:
    """One warm Assistant for the settings in force and the index that they lead to; where they name
    none, and there is none, it is built from the corpus."""
    from pp_qa.settings import load_settings

    with _opening:
        settings = load_settings()
        return _opened(settings.model_dump_json(), str(settings.index_dir.absolute()))


def retrieve(question: str, k: int = 5, documents: Sequence[str] | str | None = None) -> list[Hit]:
    """The best `k` passages of the index, best first. See `Assistant.retrieve`."""
    return _default().retrieve(question, k, documents)


def ask(
    question: str, history: Sequence[Turn] = (), documents: Sequence[str] | str | None = None
) -> Reply:
    """An Answer with verified quotes, or an Abstention. See `Assistant.ask`."""
    return _default().ask(question, history, documents)


def verify(text: str, source: Sequence[str] | str | None = None) -> Verification:
    """Whether the documents say what a text quotes. See `Assistant.verify`."""
    return _default().verify(text, source)
