"""What is said to the assistant and not asked of the documents. Pure."""

from __future__ import annotations

import re

_COURTESY = (
    r"(?:many )?thanks?(?: you)?(?: so much| very much| a lot| again)?|thx|cheers|hello|hi|hey"
    r"|good (?:morning|afternoon|evening|night)|(?:good)?bye|ok|okay|fine|great|cool|nice|perfect"
    r"|wonderful|excellent|good|sure|yes|yeah|no|nope|alright|all right|got it|i see|understood"
    r"|(?:that|it)(?: is|’s|'s| was)(?: very| really| so)?"
    r" (?:fine|ok|okay|great|good|all|helpful|useful|interesting)|how are you(?: doing)?(?: today)?"
    r"|never ?mind|no problem|wow|please|sorry|there|for (?:your|the) help|that helps?"
)
_ONLY_COURTESY = re.compile(rf"(?:\W*\b(?:{_COURTESY})\b)+\W*", re.IGNORECASE)
_LEADING_COURTESY = re.compile(rf"(?:(?:(?:{_COURTESY})\b[\s,]*)+[.!]+\s*)+(?=\w)", re.IGNORECASE)
_FILES = r"(?:documents?|docs|files?|texts?|sources?)"
_ABOUT_ASSISTANT = re.compile(
    rf"(?:(?:what|which) {_FILES} (?:are (?:there|here|available|indexed|loaded)"
    rf"|(?:do|can) (?:you|i|we) (?:have|know|read|search|ask|use)|have you (?:got|read))"
    rf"|(?:list|show)(?: me)?(?: all| the| your| all the| all your)? {_FILES}"
    rf"|what(?: is|’s|'s| are) (?:this|that|these|the)(?: {_FILES}| folder)?(?: all)? about"
    rf"|what can (?:i|you|we) (?:ask|do)(?: you| here| for me)?|what do you (?:know|do)(?: about)?"
    rf"|(?:who|what) are you|how (?:do you|does this) work|are you (?:an? )?\w+|help(?: me)?"
    rf"|(?:please |can you |could you )*(?:summari[sz]e|sum up|translate|rewrite|rephrase|paraphrase"
    rf"|write|draft|compose|(?:give|make|show)(?: me)? an? (?:short |brief )?(?:summary|overview))\b.*)"
    r"\W*",
    re.IGNORECASE,
)


def is_courtesy(text: str) -> bool:
    """Whether a text asks nothing: "thanks!", "ok, great", "hello"."""
    return _ONLY_COURTESY.fullmatch(text) is not None


def without_courtesy(question: str) -> str:
    """ "Thanks! And when?" without its thanks."""
    return (
        _LEADING_COURTESY.sub("", question, count=1)
        if _LEADING_COURTESY.match(question)
        else question
    )


def is_about_assistant(question: str) -> bool:
    """Whether a question that the documents don't answer is one on what they are or on who answers,
    or asks for a text: "What documents are there?", "who are you?", "summarise this"."""
    return _ABOUT_ASSISTANT.fullmatch(question) is not None
