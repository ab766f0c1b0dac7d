"""A page over an index on disk that may be changed, served from a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from pp_qa import composing
from pp_qa.assistant import Assistant
from pp_qa.indexing import fingerprints
from pp_qa.interfaces.api.gate import tell_errors
from pp_qa.interfaces.sockets import listen
from pp_qa.interfaces.web.changes import Changes
from pp_qa.interfaces.web.library import Library
from pp_qa.interfaces.web.library_routes import make_routes
from pp_qa.interfaces.web.server import make_server
from pp_qa.settings import Settings
from pp_qa.stores.local import LocalStore
from pp_qa.testing import FakeEmbedder, FakeReader


def on_disk(corpus: Path, **settings: Any) -> Assistant:
    """An Assistant as `pp-qa serve` opens it, with the fakes: over what the folder holds, or over
    nothing yet."""
    wanted = Settings(corpus_dir=corpus, index_dir=corpus.parent / "index", **settings)
    embedder = FakeEmbedder()
    if corpus.is_dir() and any(corpus.iterdir()):
        composing.update_index(wanted, embedder)
        store = LocalStore.open(wanted.index_dir)
    else:
        store = LocalStore.empty(wanted.index_dir)
        made = fingerprints(embedder, wanted)
        store.manifest = replace(store.manifest, fingerprints=made)
    return Assistant(store, embedder, FakeReader(), wanted, 0.5, composing._follow)


@contextmanager
def serving(assistant: Assistant, host: str = "127.0.0.1") -> Iterator[str]:
    """The address of the page, as it is served on `host`."""
    with running(make_server(assistant, host)) as url:
        yield url


@contextmanager
def serving_routes(assistant: Assistant) -> Iterator[str]:
    """The address of the routes of the Documents tab alone, which are there at once."""
    changes = Changes(assistant, allowed=True)
    app = FastAPI()
    app.include_router(make_routes(Library(assistant), changes))
    tell_errors(app)
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
    with running(uvicorn.Server(config)) as url:
        yield url
    changes.close()


@contextmanager
def running(server: uvicorn.Server) -> Iterator[str]:
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"
