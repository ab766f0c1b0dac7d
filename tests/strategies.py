"""Random text with everything in it that breaks programs."""

from __future__ import annotations

from hypothesis import strategies as st

ODD = [
    "👩‍👩‍👧‍👦",
    "👍🏽",
    "🇺🇦🇺🇸",
    "é",
    "e\u0301",
    "Z\u0351\u036b\u0343\u034d\u0336\u0318a\u0320\u0333l\u034e\u0347g\u0354o\u031b",
    " \u0301",
    "\u0301\u0302",
    "한국어 문장입니다. ",
    "각",
    "日本語の文です。次の文です！",
    "中文句子。另一个“句子”？",
    "مرحبا بالعالم. كيف حالك؟ ",
    "שלום עולם. ",
    "हिन्दी वाक्य। ",
    "\r\n",
    "\r",
    "\n",
    "\n\n",
    "\n \t\n",
    "\x00",
    "\x01\x1b[0m",
    "\x1c\x1d",
    "\x85",
    "\u2028\u2029",
    "\ufeff",
    "\u200b\u200d\u00ad",
    "\u202e\u202d",
    " " * 90,
    "\t" * 40,
    "\n" * 40,
    " \n" * 100,
    "a" * 700,
    "=" * 90,
    "<|endoftext|>",
    "ﬁ ﬂ",
    "Dr. Smith of the U.S. met Mr. O'Neil at 5 p.m. on Jan. 3. They left. ",
    "“Quoted,” he said. ‘Yes?’ (No!) ",
    "The list is as follows:\n- one\n- two\n  more of two\n1. three\n",
    "A Short Title\nA long sentence stands under the title, so that it is one, and it goes on.\n",
    "Title\n=====\n",
    "Must Read: something else entirely\n",
    "NAME.COM | November 19, 2025: Something happened. ",
    "x = {1: 'y'}; ",
    "1,234.56 3.14 ",
    "https://example.org/a?b=c&d=e ",
]
MARKDOWN = [
    "# Heading one\n",
    "### Deep *heading* ###\n",
    "Setext\n---\n",
    "- item\n  - nested item\n\n    paragraph in it\n",
    "1. one\n2. two\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n",
    "```python\nx = 1\n\n# no heading\n```\n",
    "~~~\nunclosed fence\n",
    "    indented code\n",
    "---\n",
    "---\ntitle: Named\ndate: 2025-01-01\n---\n",
    "<div>\nhtml\n</div>\n\n",
    "<!-- comment\n",
    "> quoted\n> > twice\n",
    "[ref]: https://example.org 'x'\n",
    "![image](a.png) and [link](b) and `code`\n",
    "* * *\n",
    "\\# no heading\n",
    "Line one  \nline two\n",
]

_words = st.sampled_from(
    ["the", "plan", "peace", "Ukraine", "talks", "in", "of", "Miami", "said", "U.S.", "28", "don't"]
)
_prose = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(_words, min_size=1, max_size=40),
    st.sampled_from([". ", ".\n", ".\n\n", "? ", " ", "\n", ":\n", "…"]),
)
_any = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _joined(*pools: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(*pools), max_size=25).map("".join)


texts = _joined(_prose, st.sampled_from(ODD), _any)
"""Text of every script and kind; no surrogates, for no file has those."""
markdown = _joined(_prose, st.sampled_from(MARKDOWN), st.sampled_from(ODD), _any)
"""Markdown, well formed or not."""

LINES = {
    "no spaces": "x" * 100_000,
    "no spaces, many letters": "".join(chr(97 + i * i % 26) for i in range(100_000)),
    "words": "word " * 20_000,
    "sentences": "This is one. " * 7_700,
    "spaces": " " * 100_000,
    "line ends": "\n" * 100_000,
    "zero bytes in text": ("a" * 999 + "\x00") * 100,
    "combining marks": "a" + "\u0301" * 100_000,
    "CJK": "語" * 100_000,
    "CJK sentences": "これは文です。" * 14_300,
    "emoji": "👩‍👩‍👧‍👦" * 14_300,
    "full stops": "." * 100_000,
    "dashes": "- " * 50_000,
    "brackets": "([{<" * 25_000,
    "introductions": "the following " * 7_000,
    "numbers": "3.14, " * 16_600,
    "quotes": ".\"'" * 33_000,
    "abbreviations": "U.S. " * 20_000,
}
"""Files of one line of 100 kB."""
