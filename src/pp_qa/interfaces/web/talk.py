"""The conversation as HTML. Pure: values in, markup out."""

from __future__ import annotations

from collections.abc import Sequence

from pp_qa.interfaces.web.copying import copied
from pp_qa.interfaces.web.exchanges import Exchange, groups
from pp_qa.interfaces.web.listing import saving
from pp_qa.interfaces.web.markup import Html, attribute, data, html, join
from pp_qa.interfaces.web.quoting import excerpt, marked, searched, where
from pp_qa.interfaces.web.trust import compared, level, why
from pp_qa.mentions import ALL_DOCUMENTS
from pp_qa.render.printing import count, percent
from pp_qa.render.replies import caution, nowhere
from pp_qa.types import Abstention, Answer, Citation, Reply

LONGEST_SHOWN_QUESTION = 400
"""Code points. A longer one is cut where it is repeated on the page, not where it is asked."""
REASONS = {
    "nothing_asked": "Ask about what the documents say.",
    "about_pp_qa": "Answers are sentences of the documents, word for word: nothing is summed up or"
    " written anew. The Documents tab lists what can be asked.",
    "empty_index": "There is no text to search yet. Add files in the Documents tab, or put some"
    " into the folder of documents.",
    "nothing_near": "Nothing in them comes near this question.",
    "not_mentioned": "Some of the text is related, but no sentence in it answers this well enough to"
    " be quoted.",
    "no_answer": "Some of the text is related, but no sentence in it answers this well enough to be"
    " quoted.",
}
_ASIDE = {"nothing_asked": "Nothing to look up", "about_pp_qa": "What can be asked"}
"""What stands over the reasons that say nothing about the documents."""


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
    if e.reply is None or e.reply.search_query == e.reply.question or e.understood == e.question:
        return Html()
    query = e.reply.search_query
    return html(
        '<div class="understood"><p class="searching">searching for: <bdi>{query}</bdi></p>'
        "{change}</div>",
        query=_cut(query),
        change=_action("change", e, "Change", text=e.understood),
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
        if isinstance(e.reply, Abstention) and e.reply.reason not in _ASIDE
        else Html(),
        buttons=join(buttons),
    )


def _action(name: str, e: Exchange, label: str, text: str = "") -> Html:
    """A button of the row; `text` is what it works on, where that isn't all on the page."""
    return html(
        '<button type="button" class="action" data-action="{name}" data-turn="{turn}"{alone}{text}>'
        "{label}</button>",
        name=name,
        turn=e.turn,
        alone=Html(' data-alone="true"') if e.alone else "",
        text=html(' data-text="{text}"', text=data(text)) if text else "",
        label=label,
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


def _answer(turn: int, answer: Answer) -> Html:
    documents = groups(answer.citations)
    one = len(documents) == 1
    quotes = count(len(answer.citations), "quote")
    sure, words = level(answer)
    return html(
        '<p class="verdict"><span class="sure {level}"><i aria-hidden="true"></i>{words}</span>'
        "<span>{count}</span></p>{caution}{groups}",
        level=sure,
        words=f"{words} · {percent(answer.confidence)}",
        count=quotes if one else f"{quotes} from {count(len(documents), 'document')}",
        caution=join(html('<p class="caution">{t}</p>', t=text) for text in caution(answer)),
        groups=join(_group(turn, answer, group, titled=one) for group in documents),
    )


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
    if abstention.reason in _ASIDE:
        return html(
            '<div class="refusal"><div><h3>{title}</h3><p>{why}</p></div></div>',
            title=_ASIDE[abstention.reason],
            why=REASONS[abstention.reason],
        )
    nearest = html(
        '<p class="label">Nearest text, which is no answer</p><ol class="quotes">{cards}</ol>',
        cards=join(_card(turn, abstention, c, excerpt(c.quote)) for c in abstention.closest),
    )
    likely = " The best of them answers it with a likelihood of {}; an answer needs {}.".format(
        *compared(abstention)
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
        '<div>{before}<blockquote dir="auto">{text}</blockquote>{place}{why}{marks}</div></li>',
        turn=turn,
        n=c.number,
        before=html('<p class="before" dir="auto">{t}</p>', t=c.before) if c.before else Html(),
        text=text,
        place=html('<p class="where">{place}</p>', place=place) if place else Html(),
        why=why(c, reply),
        marks=_marks(c.number, ("like", "Good quote"), ("wrong", "Wrong quote"))
        if reply.answered
        else _marks(c.number, ("like", "This answers it")),
    )


def _cut(text: str) -> str:
    whole = " ".join(text.split())
    if len(whole) <= LONGEST_SHOWN_QUESTION:
        return whole
    return whole[: LONGEST_SHOWN_QUESTION - 1] + "…"


_NOT_FOUND = html(
    '<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" fill="none"'
    ' stroke="currentColor" stroke-width="2" stroke-linecap="round">'
    '<circle cx="11" cy="11" r="7"/><path d="M16.5 16.5 21 21M8.5 11h5"/></svg>'
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
