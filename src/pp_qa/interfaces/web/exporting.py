"""A conversation, or one answer of it, as a file to take along. Pure: values in, text out.

JSON has the shape of Anthropic's citations: an assistant's content is blocks of text with
`citations`, each a `char_location` (characters counted from 0, the end exclusive) and, in a
document with pages, a `page_location` (pages counted from 1, the end exclusive).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from pp_qa.interfaces.web.history import Kept
from pp_qa.interfaces.web.markup import Html, html, join, visible
from pp_qa.interfaces.web.quoting import emphasised, where
from pp_qa.interfaces.web.talk import REASONS
from pp_qa.render.json import coverage_json
from pp_qa.render.printing import percent
from pp_qa.render.replies import address, caution, place_name
from pp_qa.types import Abstention, Answer, Citation, Reply

KINDS = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}
"""The media type of each format, by the ending of its files."""
_ABOUT = (
    "Every quote was compared with its document, word for word, when it was cited and again when"
    " this file was saved. One that is marked as changed is what the document said then."
)
_NOT_THERE = "Not in these documents."
_NEAREST = "Nearest text, which is no answer:"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def exported(ending: str, title: str, kept: Sequence[Kept]) -> str:
    """The text of a file with that ending. Raises KeyError for one that is not in `KINDS`."""
    return {"md": markdown, "html": page, "json": as_json}[ending](title, kept)


def _time(asked: str) -> str:
    return asked.replace("T", " ").replace("+00:00", " UTC")


# ── JSON ─────────────────────────────────────────────────────────────────────


def as_json(title: str, kept: Sequence[Kept]) -> str:
    """`document_index` counts from 0 through `documents`."""
    cited = [c for k in kept for c in k.exchange.citations]
    documents = list(dict.fromkeys((c.quote.doc_id, c.title) for c in cited))
    messages: list[dict[str, Any]] = []
    for k in kept:
        asked = {"role": "user", "content": [_text(k.exchange.question)], "time": k.exchange.asked}
        messages += [asked, _assistant(k, documents)]
    value = {
        "title": title,
        "documents": [{"document": doc_id, "title": name} for doc_id, name in documents],
        "messages": messages,
    }
    return json.dumps(value, indent=2) + "\n"


def _assistant(kept: Kept, documents: Sequence[tuple[str, str]]) -> dict[str, Any]:
    e = kept.exchange
    message: dict[str, Any] = {"role": "assistant"}
    match e.reply:
        case Answer():
            message["content"] = [_quoted(c, kept, documents) for c in e.citations]
        case Abstention():
            message["content"] = [_text(_NOT_THERE)]
            message["reason"] = e.reply.reason
            message["nearest"] = [_quoted(c, kept, documents) for c in e.citations]
        case _:
            message["content"] = [_text(e.problem)]
    if e.reply:
        message |= {
            "id": e.answer_id,
            "answered": e.reply.answered,
            "search_query": e.reply.search_query,
            "absent": list(e.reply.absent),
            "confidence": e.reply.confidence,
            "generation": e.reply.generation,
            "searched": coverage_json(e.reply.coverage),
        }
    return message


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _quoted(c: Citation, kept: Kept, documents: Sequence[tuple[str, str]]) -> dict[str, Any]:
    common = {
        "cited_text": c.quote.text,
        "document_index": documents.index((c.quote.doc_id, c.title)),
        "document_title": c.title,
    }
    span = c.quote.span
    places: list[dict[str, Any]] = [
        {"type": "char_location"}
        | common
        | {"start_char_index": span.start, "end_char_index": span.end}
    ]
    if c.page is not None:
        around = kept.around.get(c.number)
        last = around.last_page if around else None
        pages = {"start_page_number": c.page, "end_page_number": max(c.page, last or 0) + 1}
        places.append({"type": "page_location"} | common | pages)
    return {**_text(c.quote.text), "citations": places, "current": c.current}


# ── Markdown ─────────────────────────────────────────────────────────────────

_MARKS = re.compile(r"([\\`*_\[\]<>~|$&])")
_LEADING = re.compile(r"^(\s*)(\d+(?=[.)])|[#+=-])", re.MULTILINE)


def markdown(title: str, kept: Sequence[Kept]) -> str:
    """Text that reads as itself wherever Markdown is shown: nothing in it is markup."""
    parts = [f"# {_md(title)}"]
    for k in kept:
        e = k.exchange
        parts.append(f"## {_md(e.question)}")
        parts += [_md(e.problem)] if e.reply is None else _md_reply(e.reply, e.citations)
        parts.append(f"*Asked {_time(e.asked)}*")
    return "\n\n".join([*parts, "---", _ABOUT]) + "\n"


def _md_reply(reply: Reply, citations: Sequence[Citation]) -> list[str]:
    quotes = [_md_quote(c) for c in citations]
    if isinstance(reply, Abstention):
        return [
            f"**{_NOT_THERE}** {REASONS[reply.reason]}",
            *([_NEAREST] if quotes else []),
            *quotes,
        ]
    doubts = map(_md, caution(reply))
    return [*doubts, *quotes, f"Confidence {percent(reply.confidence)}"]


def _md_quote(c: Citation) -> str:
    lines = [f"> {_md(line, whole=False)}  " for line in c.quote.text.splitlines()]
    where = _md(f"{place_name(c)} · {address(c.quote.doc_id, c.quote.span)}")
    return "\n".join([*lines, ">", f"> — [{c.number}] {where}"])


def _md(text: str, *, whole: bool = True) -> str:
    plain = visible(" ".join(text.split()) if whole else text.strip())
    return _LEADING.sub(_led, _MARKS.sub(r"\\\1", plain))


def _led(match: re.Match[str]) -> str:
    """What would make a heading, a list or a rule of a line."""
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"


# ── HTML ─────────────────────────────────────────────────────────────────────


def page(title: str, kept: Sequence[Kept]) -> str:
    """One file that needs and loads nothing else."""
    style = (files(__package__) / "export.css").read_text(encoding="utf-8")
    return html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><style>{style}</style></head>'
        '<body><main><h1 dir="auto">{heading}</h1>{body}<footer>{about}</footer></main></body>'
        "</html>\n",
        title=visible(title),
        policy=Html(_POLICY),
        style=Html(style),
        heading=title,
        body=join(_section(k) for k in kept),
        about=_ABOUT,
    )


def _section(kept: Kept) -> Html:
    e = kept.exchange
    cards = html("<ol>{cards}</ol>", cards=join(_card(c) for c in e.citations))
    body = html("<p>{problem}</p>", problem=e.problem)
    match e.reply:
        case Answer():
            sure = html("<p>Confidence {sure}</p>", sure=percent(e.reply.confidence))
            doubts = join(html('<p class="no">{text}</p>', text=t) for t in caution(e.reply))
            body = join((doubts, cards, sure))
        case Abstention():
            body = html(
                '<p class="no"><strong>{no}</strong> {why}</p>{nearest}',
                no=_NOT_THERE,
                why=REASONS[e.reply.reason],
                nearest=html('<div class="nearest"><p>{l}</p>{c}</div>', l=_NEAREST, c=cards)
                if e.citations
                else Html(),
            )
    return html(
        '<section><h2 dir="auto">{question}</h2>{body}<p class="time">Asked {asked}</p></section>',
        question=e.question,
        body=body,
        asked=_time(e.asked),
    )


def _card(c: Citation) -> Html:
    return html(
        '<li><blockquote dir="auto">{text}</blockquote><p>{where} · <code>{address}</code></p></li>',
        text=emphasised(c.quote.text, c.quote.span, c.quote.highlight),
        where=where(c),
        address=address(c.quote.doc_id, c.quote.span),
    )
