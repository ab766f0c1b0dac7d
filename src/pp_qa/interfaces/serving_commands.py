"""`pp-qa serve` and `mcp`: the web chat, and tools for other programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pp_qa.interfaces.options import NO_VALUE, Corpus, Index, settings_for
from pp_qa.interfaces.terminal import complain, progress_bar
from pp_qa.interfaces.user_commands import Auth
from pp_qa.render.updates import is_news, report_text

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant


def serve(
    host: Annotated[str | None, typer.Option(envvar="HOST", show_default="127.0.0.1")] = None,
    port: Annotated[
        str | None, typer.Option(envvar="PORT", metavar="INTEGER", show_default="7860")
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", metavar=NO_VALUE, help="Update the index whenever a file is saved."
        ),
    ] = False,
    auth: Auth = None,
    allow_write: Annotated[
        bool | None,
        typer.Option(
            "--allow-write/--read-only",
            metavar=NO_VALUE,
            help="Let the page add and remove documents; by default on 127.0.0.1 only.",
            show_default=False,
        ),
    ] = None,
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Bring the index up to date and open the web chat."""
    from pp_qa.composing import open_empty, open_fresh
    from pp_qa.interfaces import web
    from pp_qa.interfaces.sockets import listen
    from pp_qa.interfaces.terminal import as_interrupt, tell
    from pp_qa.interfaces.users import Users
    from pp_qa.watching import watching

    settings = settings_for(
        corpus,
        index,
        host=host or None,
        port=port or None,
        auth=auth,
        allow_write=allow_write,
    )
    # What is wrong with the address or the users is said before the index is made.
    listen(settings.host, settings.port).close()
    if settings.auth:
        Users(settings.auth)
    kept: dict[str, Any] = {"state": settings.index_dir, "auth": settings.auth, "watched": watch}
    with progress_bar() as progress:
        say = (lambda _: None) if watch else complain  # a watcher tells its own problems
        assistant, notice, report = open_fresh(settings, progress, say)
    if report and is_news(report):
        typer.echo(report_text(report), err=True)
    assistant = assistant or open_empty(settings)
    if not watch:
        web.serve(assistant, settings.host, settings.port, notice=notice, **kept)
        return
    with (
        as_interrupt(),
        watching(settings, assistant.embedder, partial(tell, aside=True)) as watcher,
    ):
        web.serve(assistant, settings.host, settings.port, notice=lambda: watcher.problem, **kept)


def mcp(
    http: Annotated[
        bool, typer.Option("--http", metavar=NO_VALUE, help="Over HTTP, on this machine only.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port for --http.")] = 7861,
    allow_write: Annotated[
        bool,
        typer.Option("--allow-write", metavar=NO_VALUE, help="Let the client update the index."),
    ] = False,
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Answer programs that speak the Model Context Protocol, on standard input and output."""
    from pp_qa.interfaces.mcp_server import make_server, serve

    settings = settings_for(corpus, index)

    def opened() -> Assistant:
        from pp_qa.composing import open_assistant, ready

        return ready(settings, say=complain) if allow_write else open_assistant(settings)

    server = make_server(opened, allow_write=allow_write)
    if http:
        serve(server, port)
        return
    try:
        server.run()
    except ExceptionGroup as failed:
        if failed.split(BrokenPipeError)[1]:
            raise
        raise BrokenPipeError from failed  # the client has gone before it was answered
