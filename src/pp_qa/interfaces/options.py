"""What the commands share: options, what they set, and how a result is printed."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pp_qa.errors import UsageError
from pp_qa.interfaces.terminal import complain, progress_bar
from pp_qa.render.printing import printable_json

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.settings import Settings

NO_VALUE = ""
"""What help shows as the value of an option that takes none: it would say `<bool>`."""

AsJson = Annotated[bool, typer.Option("--json", metavar=NO_VALUE, help="Print JSON.")]
AsLines = Annotated[
    bool, typer.Option("--json", metavar=NO_VALUE, help="Print a line of JSON for each event.")
]
Corpus = Annotated[
    str | None,
    typer.Option("--corpus", metavar="PATH", help="The folder of documents.", show_default=False),
]
Index = Annotated[
    str | None,
    typer.Option("--index", metavar="PATH", help="The folder of the index.", show_default=False),
]
Documents = Annotated[
    list[str] | None,
    typer.Option(
        "--document",
        "-d",
        metavar="NAME",
        help="Only these documents; a name, a folder or a pattern. Repeatable.",
    ),
]


def settings_for(corpus: str | None = None, index: str | None = None, **more: Any) -> Settings:
    """The settings of one run: what its options say counts before all else."""
    from pp_qa.settings import load_settings

    return load_settings(corpus_dir=corpus, index_dir=index, **more)


def ready_assistant(settings: Settings) -> Assistant:
    """An assistant over an index that is there and whole; what has to be built first is shown."""
    from pp_qa.composing import answering

    with progress_bar() as progress:
        return answering(settings, progress, complain)


def print_result(value: Any, as_json: bool, text: str) -> None:
    """A result on standard output, as JSON or as text. Raises UsageError where it can't be had."""
    try:
        typer.echo(printable_json(value, indent=2) if as_json else text)
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError):
            sys.stdout.close()  # or Python tries once more to write, and complains, as it ends
        raise UsageError(f"can't write the output ({error.strerror})") from error
