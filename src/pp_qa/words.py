"""The words of a text as every lexical index and the reader see them."""

from __future__ import annotations

from functools import cache

import tantivy

NAME = "pp_qa_words_2"
"""Changes whenever the same text would give other words."""
_LONGEST = 80
_STOP = (
    "a an the of to in on at by for from with as and or if than then that this these those is "
    "are was were be been being am do does did has have had can could will would shall should "
    "may might must it its he she they them his her their i you we my your our me him what "
    "which who whom whose when where why how there here not no so about into any some"
)
"""Words that a question has whatever it asks about: a match in them means nothing, and leaving
them out won a point of R@1 on the tune split of squad."""


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """Runs of letters and digits, lower case, without accents, English stems; without the
    words that say nothing."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.custom_stopword(_STOP.split()))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def words(text: str) -> list[str]:
    """The words of `text` in order, repeats kept."""
    found: list[str] = analyzer().analyze(text)
    return found
