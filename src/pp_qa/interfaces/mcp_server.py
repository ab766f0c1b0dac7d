"""The tools for programs that speak the Model Context Protocol, over stdio or HTTP.

Whatever is printed while the protocol has standard output goes to standard error.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import anyio.from_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import Field, ValidationError, create_model

from pp_qa import __version__
from pp_qa.errors import FilterError, PpQaError
from pp_qa.interfaces import faults
from pp_qa.interfaces.api import shapes
from pp_qa.render.json import (
    document_json,
    hit_json,
    reply_json,
    report_json,
    span_json,
    status_json,
)
from pp_qa.render.verdicts import verification_json
from pp_qa.types import Span
from pp_qa.verifying import is_current

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant

HOST = "127.0.0.1"
_LONGEST_SPAN = 20_000
"""Code points read at once."""
_PAGE = 100
"""Documents listed at once."""
_INSTRUCTIONS = """\
Answers from a folder of the user's own documents. Every quote that these tools return is the \
documents' text, word for word, and was compared with it before it was returned; nothing is \
generated. Cite quotes unchanged, with their document and range (DOCUMENT:START-END, in code points).

- ask: a question in natural language. With "answered": false the documents don't answer it: say \
so to the user. "closest" is only the nearest text and no answer.
- search_documents: passages on a subject, to read more widely than one question.
- read_span: the text of a document around a quote or passage.
- verify_quote: before you present a quotation from the documents that you didn't copy from a tool's \
result, or to check a text that somebody else wrote.
- list_documents, status: what there is, and what could not be read."""
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_Parameters = ParamSpec("_Parameters")

Documents = Annotated[
    list[str] | str | None,
    Field(description='Only these documents; names, folders or patterns such as "reports/*.txt".'),
]


def make_server(open_assistant: Callable[[], Assistant], *, allow_write: bool) -> MCPServer:
    """The server, not yet running. The assistant is opened by the first tool that is called, so
    that a client never waits for models while it connects."""
    does = _Tools(open_assistant)
    reading = (does.ask, does.search_documents, does.read_span, does.list_documents)
    tools = [_tool(tool, _READS) for tool in (*reading, does.verify_quote, does.status)]
    if allow_write:
        tools.append(_tool(does.update_index, _WRITES))
    return MCPServer(
        "pp_qa", instructions=_INSTRUCTIONS, version=__version__, tools=tools, log_level="WARNING"
    )


def serve(server: MCPServer, port: int) -> None:
    """Serve over HTTP, on this machine only, until Ctrl-C. Raises ServeError when the port can't
    be had."""
    import uvicorn

    from pp_qa.interfaces.sockets import listen
    from pp_qa.interfaces.stopping import Server

    with listen(HOST, port, with_port="give --port") as listening:
        port = listening.getsockname()[1]
        print(f"pp_qa speaks MCP on http://{HOST}:{port}/mcp (stop it with Ctrl-C)", flush=True)  # noqa: T201
        config = uvicorn.Config(
            server.streamable_http_app(host=HOST),  # which turns foreign names and origins away
            log_config=None,
            access_log=False,
        )
        Server(config).run(sockets=[listening])


class _Tool(Tool):
    """A tool that says in one line what is wrong with its arguments."""

    async def run(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().run(*args, **kwargs)
        except ToolError as error:
            wrong = error.__cause__
            if not isinstance(wrong, ValidationError):
                raise
            message = f"Error executing tool {self.name}: {faults.in_words(wrong.errors())}"
            raise ToolError(message) from wrong


def _tool(does: Callable[..., Any], annotations: ToolAnnotations) -> Tool:
    """A tool that takes the arguments it names, and no others."""
    made = _Tool.from_function(_told(does), annotations=annotations)
    taken = made.fn_metadata.arg_model
    taken = create_model(taken.__name__, __base__=taken, __cls_kwargs__={"extra": "forbid"})
    made.fn_metadata.arg_model = taken
    made.parameters = taken.model_json_schema(by_alias=True)
    return made


def _told(tool: Callable[_Parameters, Any]) -> Callable[_Parameters, Any]:
    """The tool with our errors as tool errors, whose message the client's model reads."""

    @functools.wraps(tool)
    def told(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> Any:
        try:
            return tool(*args, **kwargs)
        except PpQaError as error:
            raise ToolError(str(error)) from error

    return told


class _Tools:
    """What the tools do; their docstrings are what a client's model reads."""

    def __init__(self, open_assistant: Callable[[], Assistant]) -> None:
        self._open = open_assistant
        self._opened: Assistant | None = None
        self._opening = threading.Lock()

    @property
    def _assistant(self) -> Assistant:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    @property
    def _asked(self) -> Assistant:
        """Gives up what it does for a client that has cancelled the call."""
        return self._assistant.pinned(anyio.from_thread.check_cancelled)

    def ask(
        self,
        question: Annotated[str, Field(description="One question in natural language.")],
        documents: Documents = None,
        min_confidence: Annotated[
            float | None, Field(ge=0, le=1, description="Abstain below this confidence.")
        ] = None,
    ) -> shapes.ReplyShape:
        """Answer a question with sentences quoted word for word from the user's documents.

        "answered": true comes with "quotes", each verbatim and verified against the stored text,
        with its document, range, page and headings; cite them unchanged. "answered": false is an
        abstention: the documents don't answer the question, "reason" says why ("about_pp_qa": it
        asks for a list or a summary; see `list_documents` and `search_documents`), and "absent" which
        of its words stand in none (of an answer: which names and numbers, so that the quotes may be
        about something else). "closest" is
        then the nearest text and must not be presented as an answer. "confidence" is the
        probability that the first quote answers. Ask one thing at a time, and make a follow-up
        stand alone: earlier questions are not remembered.
        """
        reply = self._asked.ask(question, (), documents, min_confidence)
        return shapes.ReplyShape.model_validate(reply_json(reply))

    def search_documents(
        self,
        question: Annotated[str, Field(description="A question or a few words on the subject.")],
        limit: Annotated[int, Field(ge=1, le=50, description="How many passages.")] = 5,
        documents: Documents = None,
    ) -> list[shapes.HitShape]:
        """Find the passages of the user's documents that are nearest to a subject, best first.

        For reading around a subject, or when `ask` abstains; a passage found is not therefore an
        answer. The text is verbatim. Scores order the passages and mean nothing else.
        """
        hits = self._asked.retrieve(question, limit, documents)
        return [shapes.HitShape.model_validate(hit_json(h)) for h in hits]

    def read_span(
        self,
        document: Annotated[str, Field(description="The document's name, as results give it.")],
        start: Annotated[int, Field(ge=0, description="First code point.")],
        end: Annotated[int, Field(ge=0, description="Behind the last code point.")],
    ) -> shapes.SpanShape:
        """Read a stretch of a document's text, such as what stands around a quote.

        Ranges are half-open, in code points, as all results give them; widen one to read on.
        At most 20,000 code points at once; a range that reaches beyond the text ends with it.
        "current": false means that the file has changed since it was indexed.
        """
        stored = self._assistant.document(document)
        if not start < min(end, len(stored.text)):
            raise FilterError(
                f"{document} has {len(stored.text)} characters; {start}-{end} is no stretch of it"
            )
        span = Span(start, min(end, len(stored.text)))
        if len(span) > _LONGEST_SPAN:
            raise FilterError(
                f"{span.start}-{span.end} is longer than {_LONGEST_SPAN:,} characters;"
                " read it in parts"
            )
        value = span_json(stored, span, is_current(stored))
        return shapes.SpanShape.model_validate(value)

    def list_documents(
        self,
        offset: Annotated[int, Field(ge=0, description="How many to pass over.")] = 0,
    ) -> shapes.ListShape:
        """List the documents that can be asked, by name, a hundred at a time ("total" says how
        many there are)."""
        found = self._assistant.documents()
        listed = [document_json(d) for d in found[offset : offset + _PAGE]]
        return shapes.ListShape.model_validate({"total": len(found), "documents": listed})

    def verify_quote(
        self,
        text: Annotated[
            str, Field(description="A quotation, or a whole text with quotations in it.")
        ],
        source: Annotated[
            str | None, Field(description="The document that it is said to be from.")
        ] = None,
    ) -> shapes.VerificationShape:
        """Check word for word whether the user's documents say what a text quotes.

        Give a quotation as it is, or a whole answer: every passage in quotation marks is judged,
        and without marks every sentence. Verdicts: "exact"; "typography" (the same but for marks,
        spaces, the case of the first letter); "altered" ("differences" say what was put in, left
        out or replaced: a negation, number or name that differs is always an alteration);
        "misattributed" (it stands elsewhere than the text, or `source`, says); "not_found".
        "holds" is true when all are exact but for typography. Don't present what doesn't hold as
        a quotation.
        """
        found = self._asked.verify(text, source)
        return shapes.VerificationShape.model_validate(verification_json(found))

    def status(self) -> shapes.StatusShape:
        """What the index holds: how many documents and passages, from which folder, and which
        files could not be read and why."""
        manifest = self._assistant.manifest
        value = status_json(manifest, ())
        return shapes.StatusShape.model_validate({**value, "documents": manifest.documents})

    def update_index(self) -> shapes.UpdateShape:
        """Read the folder of documents again, so that files that were added, changed or removed
        since are known. Takes as long as embedding the new text takes; the old index answers
        until then."""
        report = self._assistant.update(progress=lambda _: anyio.from_thread.check_cancelled())
        value = report_json(report)
        del value["unchanged"]  # may be every name there is
        return shapes.UpdateShape.model_validate(value)
