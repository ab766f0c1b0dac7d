"""The words of a text as every lexical index and the reader see them."""

from __future__ import annotations

from functools import cache

import tantivy

NAME = "pp_qa_words"
_LONGEST = 80


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """Runs of letters and digits, lower case, without accents, English stems."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def words(text: str) -> list[str]:
    """The words of `text` in order, repeats kept."""
    found: list[str] = analyzer().analyze(text)
    return found
