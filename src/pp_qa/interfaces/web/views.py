"""The conversation as HTML. Pure: values in, markup out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from pp_qa.interfaces.web.copying import copied
from pp_qa.interfaces.web.listing import saving
from pp_qa.interfaces.web.markup import Html, attribute, html, join
from pp_qa.interfaces.web.trust import level, percent, why
from pp_qa.mentions import ALL_DOCUMENTS, has_mentions
from pp_qa.render import nowhere
from pp_qa.types import Abstention, Answer, Citation, Coverage, IndexManifest, Quote, Reply, Span

LONGEST_SHOWN_QUESTION = 400
"""Code points. A longer one is cut where it is repeated on the page, not where it is asked."""
_EXCERPT = 320
"""Code points shown of a nearest passage; the whole of it is one click away."""
_UNREAD_SHOWN = 3
_WORD = re.compile(r"[^\W_]+")

REASONS = {
    "nothing_asked": "Ask about what the documents say.",
    "empty_index": "There is no text to search yet. Add files in the Documents tab, or put some"
    " into the folder of documents.",
    "nothing_near": "Nothing in them comes near this question.",
    "not_mentioned": "Some of the text is related, but no sentence in it answers this well enough to"
    " be quoted.",
    "no_answer": "Some of the text is related, but no sentence in it answers this well enough to be"
    " quoted.",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it: a reply, or the problem that there was none. `panes` has
    the source of each citation as it was when it was cited, by number; `run` is what the page
    calls this asking; one that stood `alone` was asked without what was said before it; `scope`
    names the documents that were asked, where not all were, and `named` is what the question says
    of it. `answer_id` is what a link calls it by, and no one can guess; `asked` is when."""

    turn: int
    question: str
    reply: Reply | None = None
    problem: str = ""
    panes: Mapping[int, Html] = field(default_factory=dict)
    run: str = ""
    alone: bool = False
    scope: str = ""
    named: str = ""
    answer_id: str = field(default_factory=lambda: secrets.token_hex(12), compare=False)
    asked: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat("T", "seconds"), compare=False
    )

    @property
    def answers(self) -> bool:
        return isinstance(self.reply, Answer)

    @property
    def asks(self) -> bool:
        """Whether it is part of what was talked about: no courtesy, and no failure."""
        return self.reply is not None and (
            self.reply.answered or self.reply.reason != "nothing_asked"
        )

    @property
    def inherits(self) -> bool:
        """Whether it was asked of the documents that a question before it named."""
        return bool(self.named) and not has_mentions(self.question)

    @property
    def citations(self) -> tuple[Citation, ...]:
        match self.reply:
            case Answer():
                return self.reply.citations
            case Abstention():
                return self.reply.closest
        return ()


# ── the page around it ───────────────────────────────────────────────────────


def heading(manifest: IndexManifest | None, name: str = "") -> Html:
    """The line on top: what this is, what can be asked and, where users log in, who asks."""
    user = html(
        '<p class="who"><bdi>{name}</bdi><button type="button" class="log-out">Log out</button></p>',
        name=name,
    )
    here = html('<span class="more"> · answered on this machine</span>')
    size = Html(_documents(manifest.documents) + here) if manifest else "no documents"
    return html(
        '<div class="name"><h1>pp_qa</h1><p>{size}</p>{user}</div>',
        size=size,
        user=user if name else Html(),
    )


def bar() -> Html:
    """What a narrow window shows one of at a time, to be chosen from: the conversation and the tabs
    beside it. `panes.js` does it."""
    return html(
        '<div class="panes" role="tablist" aria-label="What is shown">{tabs}</div>',
        tabs=join(
            html(
                '<button type="button" role="tab" data-pane="{name}" aria-controls="{controls}"'
                ' aria-selected="{chosen}" aria-label="{label}">{text}</button>',
                name=name,
                controls="talk" if name == "talk" else f"tab-{name}",
                chosen="true" if name == "talk" else "false",
                label=label,
                text=text,
            )
            for name, label, text in _BAR
        ),
    )


def banner(text: str) -> Html:
    return html('<p class="notice" role="status">{text}</p>', text=text) if text else Html()


def opening(manifest: IndexManifest, examples: Sequence[str]) -> Html:
    """What stands where the conversation will: what this page does, and what to try."""
    chips = join(
        html(
            '<li><button type="button" class="example" dir="auto" data-question="{q}">{text}</button>'
            "</li>",
            q=attribute(q),
            text=q,
        )
        for q in examples
    )
    return html(
        '<section class="opening"><h2>Ask your documents</h2>'
        "<p>Answers are quoted word for word from {documents}, each with its place."
        " Where there is no answer in them, the page says so.</p>{unread}{chips}{keys}</section>",
        documents=_documents(manifest.documents),
        unread=_unread(tuple(f.source for f in manifest.failures)),
        chips=html('<p class="label" id="try">Try one of these</p>'
                   '<ul class="examples" aria-labelledby="try">{chips}</ul>', chips=chips)
        if chips else Html(),
        keys=_KEYS,
    )  # fmt: skip


def missing(problem: str, served: bool = False, unread: Html | None = None) -> Html:
    """What stands there when there is nothing to ask; where an index is `served` there may be
    something later. `unread` names what can't be read."""
    return html(
        '<section class="opening missing"><h2>No documents yet</h2><p>{problem}</p>{unread}'
        "<ol><li>Put documents into that folder.</li>"
        "<li>{then}</li></ol></section>",
        problem=problem or "There is nothing that could be searched.",
        unread=unread or Html(),
        then="Load this page again. (A chat that was started without --watch reads them when it is"
        " started again.)"
        if served
        else "Start the chat again: it reads them by itself.",
    )


# ── the conversation ─────────────────────────────────────────────────────────


def conversation(exchanges: Sequence[Exchange], before: Html) -> Html:
    """All exchanges, oldest first; `before` when there are none yet. After them, unseen, what
    `asking.js` shows while a question runs or is edited."""
    return html(
        '<div class="log" role="log" aria-live="polite" aria-label="Conversation" tabindex="0">'
        "{inside}</div>{templates}",
        inside=join(exchange(e) for e in exchanges) if exchanges else before,
        templates=_TEMPLATES,
    )


def exchange(e: Exchange) -> Html:
    """One question with its answer, abstention or problem."""
    kind, body = "problem", html('<p class="said" role="alert">{text}</p>', text=e.problem)
    match e.reply:
        case Answer():
            kind, body = "answer", _answer(e.turn, e.reply)
        case Abstention():
            kind, body = "abstention", _abstention(e.turn, e.reply)
    return html(
        '<article class="turn {kind}" tabindex="-1" data-turn="{turn}" data-run="{run}" data-answer="{id}">'
        '<h2 class="asked" dir="auto">{question}</h2>{scope}{searching}{body}{actions}</article>',
        kind=kind,
        turn=e.turn,
        run=attribute(e.run),
        id=e.answer_id,
        question=_cut(e.question) or "(nothing)",
        scope=_scope(e),
        searching=_searching(e),
        body=body,
        actions=_actions(e),
    )


def _actions(e: Exchange) -> Html:
    """What can be done with an exchange, in a row under it. What `conversation.js` doesn't do by
    itself reaches the page as the event of the action's name, with the turn."""
    buttons = [
        _action("edit", e, "Edit question", text=e.question),
        _action("retry", e, "Ask again", text=e.question),
    ]
    if e.reply is not None:
        buttons.insert(0, _action("copy", e, "Copy", text=copied(e.question, e.reply)))
        buttons.append(_action("link", e, "Copy link", text=f"/?answer={e.answer_id}"))
        buttons.append(
            html(
                '<details class="saving"><summary class="action">Save</summary>{links}</details>',
                links=saving(f"/page/answers/{e.answer_id}", "this answer"),
            )
        )
    return html(
        '{marks}<div class="actions" role="group" aria-label="With this answer">{buttons}</div>',
        marks=_marks(0, ("like", "Right: not there"), ("wrong", "The documents do answer this"))
        if isinstance(e.reply, Abstention) and e.reply.reason != "nothing_asked"
        else Html(),
        buttons=join(buttons),
    )


def _marks(number: int, *kinds: tuple[str, str]) -> Html:
    """What one can say of a quote, or of an abstention (number 0)."""
    about = f", quote {number}" if number else ""
    return html(
        '<p class="marks">{buttons}</p>',
        buttons=join(
            html(
                '<button type="button" class="mark" data-number="{n}" data-mark="{mark}"'
                ' aria-pressed="false" aria-label="{label}{about}">{label}</button>',
                n=number,
                mark=mark,
                label=label,
                about=about,
            )
            for mark, label in kinds
        ),
    )


def _action(name: str, e: Exchange, label: str, text: str = "") -> Html:
    """A button of the row; `text` is what it works on, where that isn't all on the page."""
    return html(
        '<button type="button" class="action" data-action="{name}" data-turn="{turn}"{alone}{text}>'
        "{label}</button>",
        name=name,
        turn=e.turn,
        alone=Html(' data-alone="true"') if e.alone else "",
        text=html(' data-text="{text}"', text=attribute(text)) if text else "",
        label=label,
    )


def _answer(turn: int, answer: Answer) -> Html:
    groups = _groups(answer.citations)
    quotes = _count(len(answer.citations), "quote")
    return html(
        '<p class="verdict"><span class="sure {level}"><i aria-hidden="true"></i>{words}</span>'
        "<span>{count}</span></p>{groups}",
        level=level(answer.confidence)[0],
        words=f"{level(answer.confidence)[1]} · {percent(answer.confidence)}",
        count=quotes if len(groups) == 1 else f"{quotes} from {_documents(len(groups))}",
        groups=join(_group(turn, answer, group, titled=len(groups) == 1) for group in groups),
    )


def by_document(reply: Reply) -> Reply:
    """An answer with the quotes of one document beside each other, those of the best quote first,
    and numbered in this order."""
    if not isinstance(reply, Answer):
        return reply
    ordered = [c for group in _groups(reply.citations) for c in group]
    numbered = tuple(replace(c, number=n) for n, c in enumerate(ordered, start=1))
    return replace(reply, citations=numbered)


def _groups(citations: Sequence[Citation]) -> list[list[Citation]]:
    """The citations of each document, in the order of their first ones."""
    groups: dict[str, list[Citation]] = {}
    for c in citations:
        groups.setdefault(c.quote.doc_id, []).append(c)
    return list(groups.values())


def _group(turn: int, answer: Answer, group: Sequence[Citation], *, titled: bool) -> Html:
    """The quotes of one document, under its title where there are several; else the title stands
    with each quote (`titled`)."""
    first = group[0]
    head = html(
        '<h3 class="from"><bdi>{title}</bdi> <bdi class="file">{file}</bdi></h3>',
        title=first.title,
        file=first.quote.doc_id,
    )
    return html(
        '{head}<ol class="quotes" start="{n}">{cards}</ol>',
        head=Html() if titled else head,
        n=first.number,
        cards=join(_card(turn, answer, c, marked(c.quote), titled=titled) for c in group),
    )


def _abstention(turn: int, abstention: Abstention) -> Html:
    if abstention.reason == "nothing_asked":
        why = REASONS[abstention.reason]
        return html(
            '<div class="refusal"><div><h3>Nothing to look up</h3><p>{w}</p></div></div>', w=why
        )
    nearest = html(
        '<p class="label">Nearest text, which is no answer</p><ol class="quotes">{cards}</ol>',
        cards=join(_card(turn, abstention, c, excerpt(c.quote)) for c in abstention.closest),
    )
    likely = (
        f" The best of them answers it with a likelihood of {percent(abstention.confidence)};"
        f" an answer needs {percent(abstention.threshold)}."
    )
    return html(
        '<div class="refusal">{icon}<div><h3>Not in these documents</h3>'
        "<p>{why}{likely}{absent}</p>{searched}</div></div>{nearest}",
        icon=_NOT_FOUND,
        why=REASONS[abstention.reason],
        likely=likely if abstention.reason == "no_answer" else "",
        absent=f" {nowhere(abstention.absent)}".rstrip(),
        searched=searched(abstention.coverage),
        nearest=nearest if abstention.closest else Html(),
    )


def _card(turn: int, reply: Reply, c: Citation, text: Html, *, titled: bool = True) -> Html:
    place = where(c, titled=titled)
    return html(
        '<li class="card"><button type="button" class="chip" data-turn="{turn}"'
        ' data-number="{n}" aria-controls="source" aria-label="Show {n} in its source">{n}</button>'
        '<div><blockquote dir="auto">{text}</blockquote>{place}{why}{marks}</div></li>',
        turn=turn,
        n=c.number,
        text=text,
        place=html('<p class="where">{place}</p>', place=place) if place else Html(),
        why=why(c, reply),
        marks=_marks(c.number, ("like", "Good quote"), ("wrong", "Wrong quote"))
        if reply.answered
        else _marks(c.number, ("like", "This answers it")),
    )


# ── the parts they share with the source pane ────────────────────────────────


def where(c: Citation, *, titled: bool = True) -> Html:
    """Title, section, page and whether the file is still what was indexed."""
    path = [h for h in c.heading_path if h != c.title]
    parts = [html('<bdi class="title">{t}</bdi>', t=c.title)] if titled else []
    if titled and not _alike(c.title, c.quote.doc_id):
        parts.append(html('<bdi class="file">{file}</bdi>', file=c.quote.doc_id))
    if path:
        parts.append(join((html("<bdi>{h}</bdi>", h=h) for h in path), " › "))
    if c.page_name:
        parts.append(html("<bdi>{page}</bdi>", page=c.page_name))
    if c.also_in:
        names = ", ".join(c.also_in[:_UNREAD_SHOWN])
        line = f"also in {_count(len(c.also_in), 'file')}"
        parts.append(html('<bdi title="{names}">{line}</bdi>', names=names, line=line))
    stale = Html() if c.current else html(" {badge}", badge=STALE)
    return Html(join(parts, " · ") + stale)


def _alike(title: str, doc_id: str) -> bool:
    """Whether a title tells which file it is of: the words of one are within the other."""
    said, name = (_WORD.findall(text.casefold()) for text in (title, PurePosixPath(doc_id).stem))
    if not said or not name:
        return False
    apart = set(said) <= set(name) or set(name) <= set(said)
    return apart or "".join(said) in "".join(name) or "".join(name) in "".join(said)


def searched(coverage: Coverage) -> Html:
    """What was searched, and every file that could not be."""
    line = f"Searched {_documents(coverage.documents)}, {_count(coverage.passages, 'passage')}"
    return html(
        '<p class="coverage">{line}.</p>{unread}', line=line, unread=_unread(coverage.unread)
    )


def marked(quote: Quote) -> Html:
    """A quote with the part that matters most set off, where that is a part only."""
    return emphasised(quote.text, quote.span, quote.highlight)


def emphasised(text: str, span: Span, part: Span) -> Html:
    """`text`, which lies at `span`, with `part` of it set off."""
    inside = Span(max(part.start, span.start), max(span.start, min(part.end, span.end)))
    if not len(inside) or inside == span:
        return html("{text}", text=text)
    a, b = inside.start - span.start, inside.end - span.start
    return html("{a}<strong>{b}</strong>{c}", a=text[:a], b=text[a:b], c=text[b:])


def excerpt(quote: Quote) -> Html:
    """A passage around its best sentence, cut at white space."""
    if len(quote.text) <= _EXCERPT:
        return marked(quote)
    start, end = quote.span.start, quote.span.end
    first = start if quote.highlight.start - start < _EXCERPT // 3 else quote.highlight.start
    last = min(end, max(first + _EXCERPT, min(quote.highlight.end, first + 2 * _EXCERPT)))
    text = quote.text[first - start : last - start]
    if last < end and " " in text[_EXCERPT // 2 :]:
        text = text[: text.rindex(" ")]
    return html(
        "{a}{text}{b}",
        a="… " if first > start else "",
        text=emphasised(text, Span(first, first + len(text)), quote.highlight),
        b=" …" if first + len(text) < end else "",
    )


def sentence(text: str) -> str:
    """An error's line as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _scope(e: Exchange) -> Html:
    """Which documents were asked, where not all were; and a way to ask all where the question
    didn't say so itself."""
    if not e.scope:
        return Html()
    return html(
        '<div class="understood"><p class="searching">asked only: <bdi>{scope}</bdi></p>{all}</div>',
        scope=e.scope,
        all=_action("retry", e, "Ask all instead", text=f"{ALL_DOCUMENTS} {e.question}")
        if e.inherits
        else Html(),
    )


def _searching(e: Exchange) -> Html:
    """What a follow-up was understood to ask, to be corrected where it stands."""
    if e.reply is None or e.reply.search_query == e.reply.question:
        return Html()
    query = e.reply.search_query
    return html(
        '<div class="understood"><p class="searching">searching for: <bdi>{query}</bdi></p>'
        "{change}</div>",
        query=_cut(query),
        change=_action("change", e, "Change", text=f"{e.named} {query}".strip()),
    )


def _unread(files: Sequence[str]) -> Html:
    if not files:
        return Html()
    names = ", ".join(files[:_UNREAD_SHOWN])
    more = f" and {len(files) - _UNREAD_SHOWN} more" if len(files) > _UNREAD_SHOWN else ""
    line = f"{_count(len(files), 'file')} could not be read: {names}{more}"
    return html('<p class="unread"><bdi>{line}</bdi></p>', line=line)


def _cut(text: str) -> str:
    whole = " ".join(text.split())
    if len(whole) <= LONGEST_SHOWN_QUESTION:
        return whole
    return whole[: LONGEST_SHOWN_QUESTION - 1] + "…"


def _documents(n: int) -> str:
    return _count(n, "document")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


BACK = html(
    '<button type="button" class="back" aria-label="Back to the conversation">‹ Back</button>'
)
"""From the source to the number that opened it, where that isn't beside it."""
STALE = html('<span class="badge">changed since indexing</span>')
_BAR = (
    ("talk", "Conversation", "Conversation"),
    ("source", "Source", "Source"),
    ("library", "Documents", "Documents"),
    ("check", "Check a quote", "Check"),
    ("chats", "Chats", "Chats"),
)
_NOT_FOUND = html(
    '<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" fill="none"'
    ' stroke="currentColor" stroke-width="2" stroke-linecap="round">'
    '<circle cx="11" cy="11" r="7"/><path d="M16.5 16.5 21 21M8.5 11h5"/></svg>'
)
_KEYS = html(
    '<p class="keys"><kbd>/</kbd> to the question, <kbd>Esc</kbd> to the quotes and'
    " <kbd>j</kbd> <kbd>k</kbd> through them, <kbd>Esc</kbd> to stop a question</p>"
)
_UNANSWERED = {
    "refused": "No answer came: too many questions wait, or something went wrong here. Please ask"
    " again.",
    "gone": "The page’s server doesn’t answer: it has been stopped, or the connection to it is cut."
    " Your question is kept; ask it again once the server is there.",
    "logged-out": "You are no longer logged in, so nothing was asked. Your question is kept. ",
}
"""What `asking.js` has to say where no answer will come, by why."""
_TEMPLATES = html(
    '<template class="pending"><article class="turn asking" tabindex="-1" aria-busy="true">'
    '<h2 class="asked" dir="auto"></h2><p class="waiting"><i aria-hidden="true"></i>'
    'Searching the documents</p><p class="searching next" role="status" hidden>One question at a'
    " time: the next one is asked when this one is answered.</p>{unanswered}"
    '<div class="failed" hidden><div class="actions"><button type="button" class="action"'
    ' data-action="repeat">Ask again</button></div></div></article>'
    '</template><template class="editing"><form class="editing"><textarea rows="2" dir="auto"'
    ' maxlength="2000" spellcheck="true"></textarea><p class="note"></p>'
    '<p class="choice"><button class="ask">Ask</button>'
    '<button type="button" class="cancel">Cancel</button></p></form></template>',
    unanswered=join(
        html(
            '<p class="said {why}" role="alert" hidden>{said}{link}</p>',
            why=why,
            said=said,
            link=Html('<a href="/login">Log in again</a>') if why == "logged-out" else Html(),
        )
        for why, said in _UNANSWERED.items()
    ),
)
