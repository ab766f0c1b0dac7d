"""Checking quotations that come from elsewhere against the documents, word by word.

extraction.py   text → quotations, and where they are said to be from
judging.py      what became of each quotation
claims.py       which document, page or address is meant by that
lookup.py       where a quotation's words stand among the documents
alignment.py    where in one text; the nearest place by exact edit distance over words
differences.py  what it says otherwise there
wording.py      a text as comparable words; what counts as typography
"""

from pp_qa.checking.judging import check

__all__ = ["check"]
