"""`pp-qa`: the command line. Exit codes: 0 answered (verified), 3 abstained (not all of it
verified), 1 error, 2 usage."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from pp_qa import __version__
from pp_qa.errors import PpQaError
from pp_qa.interfaces import user_commands
from pp_qa.interfaces.asking_commands import ask, search, show, verify
from pp_qa.interfaces.index_commands import doctor, index, status, watch
from pp_qa.interfaces.measuring_commands import calibrate, evaluate, feedback
from pp_qa.interfaces.options import NO_VALUE, print_result
from pp_qa.interfaces.serving_commands import mcp, serve
from pp_qa.interfaces.terminal import complain, escape_the_unprintable, log_crash

app = typer.Typer(
    help="Ask a folder of documents; get verified quotes, or an honest no.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(user_commands.app, name="user")
for command in (index, watch, ask, search, show, verify, status, doctor, calibrate, feedback):
    app.command()(command)
app.command(name="eval")(evaluate)
app.command()(serve)
app.command()(mcp)


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: an error is one line, never a traceback."""
    escape_the_unprintable()
    try:
        app(args=arguments)
    except PpQaError as error:
        complain(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone: `pp-qa ask … | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        complain(f"something went wrong that shouldn't ({error}); {log_crash()}")
        sys.exit(1)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[
        bool, typer.Option("--version", metavar=NO_VALUE, help="Print the version.")
    ] = False,
) -> None:
    if show:
        print_result(None, False, f"pp-qa {__version__}")
        raise typer.Exit


if __name__ == "__main__":
    main()
