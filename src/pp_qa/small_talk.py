"""What is said to the assistant and not asked of the documents, and questions without it. Pure."""

from __future__ import annotations

import re

_COURTESY = (
    r"(?:many )?thanks?(?: you)?(?: so much| very much| a lot| again)?"
    r"(?: for (?:your|the|that|this)(?: quick| kind)?(?: answer| reply| info| information)?)?"
    r"|thx|cheers|hello|hi|hey|oh|ah|awesome|amazing|brilliant"
    r"|good (?:morning|afternoon|evening|night)|(?:good)?bye|ok|okay|fine|great|cool|nice|perfect"
    r"|wonderful|excellent|good|sure|yes|yeah|no|nope|alright|all right|got it|i see|understood"
    r"|(?:that|it)(?: is|’s|'s| was)(?: very| really| so)?"
    r" (?:fine|ok|okay|great|good|all|helpful|useful|interesting)|how are you(?: doing)?(?: today)?"
    r"|that(?: is|’s|'s| was) it|(?:that )?makes sense|(?:that(?: is|’s|'s) )?good to know"
    r"|never ?mind|no problem|wow|please|sorry|there|for (?:your|the) help|that helps?"
    r"|well done|(?:good|great|nice) (?:job|work|answer)|much appreciated"
)
_ONLY_COURTESY = re.compile(rf"(?:\W*\b(?:{_COURTESY})\b)+\W*", re.IGNORECASE)
_ASKS = "(?:who|whom|whose|what|which|where|when|why|how)"
_GREETS = r"(?:many )?thanks?(?: you)?(?: so much| very much| a lot)?|hello|hi|hey|ok|okay"
_LEADING_COURTESY = re.compile(
    rf"(?:(?:(?:{_COURTESY})\b[\s,]*)+[.!]+\s*)+(?=\w)"
    rf"|(?:(?:(?:{_COURTESY})\b\s*)+,\s*|(?:{_GREETS})\s+)++(?=(?:and|but|so|{_ASKS})\b)",
    re.IGNORECASE,
)
"""What ends as a sentence does, or stands before a question."""
_FILES = r"(?:documents?|docs|files?|texts?|sources?)"
_ABOUT_ASSISTANT = re.compile(
    rf"(?:(?:what|which|how many) {_FILES} (?:are (?:there|here|available|indexed|loaded)"
    rf"|(?:do|can) (?:you|i|we) (?:have|know|read|search|ask|use)|have you (?:got|read))"
    rf"|(?:list|show)(?: me)?(?: all| the| your| all the| all your)? {_FILES}"
    rf"|what(?: is|’s|'s| are) (?:this|that|these|the)(?: {_FILES}| folder)?(?: all)? about"
    rf"|what can (?:i|you|we) (?:ask|do)(?: you| here| for me)?|what do you (?:know|do)(?: about)?"
    rf"|(?:who|what) are you|how (?:do you|does this) work|are you (?:an? )?\w+|help(?: me)?"
    rf"|(?:please |can you |could you )*(?:summari[sz]e|sum up|translate|rewrite|rephrase|paraphrase"
    rf"|(?:write|draft|compose)(?= (?:me|us|an?|the|this|that|it|my|our|some)\b)|(?:give|make|show)(?: me)? an? (?:short |brief )?(?:summary|overview))\b.*)"
    r"\W*",
    re.IGNORECASE,
)

_CAN_TELL = (
    r"(?:(?:could|can|would|will) you|you (?:could|can|would|might)) (?:\w+ ){0,2}?"
    r"(?:tell|say|explain|show|inform)(?: to)?(?: me| us)?(?: please)?,? "
)
_WANTS_TO_KNOW = re.compile(
    rf"(?:(?<=[.!?]\s)|\A)(?!{_ASKS}\b)[^.!?]*?\b(?:{_CAN_TELL}|(?:"
    r"(?:i|we)(?:[’']d| would) (?:\w+ )?(?:like|love) to know|(?:i|we) (?:want|need) to know"
    r"|(?:i|we)(?:[’'](?:m|re)| am| are| was| were)? (?:\w+ )?wonder(?:ing)?"
    rf"|do you (?:happen to )?know|please tell (?:me|us)),? (?:(?:whether|if) {_CAN_TELL})?)"
    rf"(?=(?:whether|if|{_ASKS})\b)",
    re.IGNORECASE,
)
_SAID_ABOUT = re.compile(
    r"(?P<what>what) (?:(?:does|do|did) (?:(?:the|this|that|these|those|my|our|your) (?:[\w’'-]+ ){0,2}?"
    r"(?:agreement|article|book|brochure|chapter|contract|document|e-?mail|faq|file|guide|handbook|leaflet"
    r"|lease|letter|manual|minute|note|page|paper|polic(?:y|ie)|regulation|report|rule|section|statute|term"
    r"|text|thesis)s? )?(?:say|state|mention)|is (?:said|stated|written)) (?:about|on|regarding|concerning) ",
    re.IGNORECASE,
)


def plainly(question: str) -> str:
    """A question without the words around it that a reader of sentences stumbles over: "Hi, could you
    tell me how old it is?", "What does the handbook say about gifts?" ("What about gifts?")."""
    bare = _without_wishes(question)
    about = _SAID_ABOUT.match(bare)
    return f"{about['what']} about {bare[about.end() :]}" if about else bare


def asks_what_is_said(question: str) -> bool:
    """Whether `plainly` makes a "What about …?" of a question, which then looks like a follow-up."""
    return _SAID_ABOUT.match(_without_wishes(question)) is not None


def _without_wishes(question: str) -> str:
    return _WANTS_TO_KNOW.sub("", without_courtesy(question), count=1)


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
