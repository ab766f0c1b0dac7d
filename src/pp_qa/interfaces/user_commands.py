"""`pp-qa user`: who may log in to a page that is served with `--auth`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pp_qa.errors import UsageError
from pp_qa.interfaces.options import print_result

app = typer.Typer(help="Who may log in to the chat: the users in a file.", no_args_is_help=True)
Auth = Annotated[
    str | None,
    typer.Option(
        "--auth", metavar="PATH", help="The file of users who may log in.", show_default=False
    ),
]
Name = Annotated[str, typer.Argument(help="The user's name.")]


@app.command()
def add(name: Name, auth: Auth = None) -> None:
    """Add a user, or give one another password; it is asked for, or read from standard input."""
    from pp_qa.interfaces import users

    file = _file(auth)
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    else:
        password = _standard_input().rstrip("\r\n")
    new = users.add(file, name, password)
    said = "may log in now" if new else "has another password now"
    print_result(None, False, f"{name} {said}")


@app.command()
def remove(name: Name, auth: Auth = None) -> None:
    """Take a user out of the file; a running server shuts him out at once."""
    from pp_qa.interfaces import users

    users.remove(_file(auth), name)
    print_result(None, False, f"{name} can't log in any more")


@app.command(name="list")
def list_users(auth: Auth = None) -> None:
    """Who may log in."""
    from pp_qa.interfaces import users

    print_result(None, False, "\n".join(sorted(users.read(_file(auth)))) or "nobody")


def _standard_input() -> str:
    """Its first line, as a browser would send it."""
    try:
        return sys.stdin.buffer.readline().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is no UTF-8 ({error.reason}); convert it") from error


def _file(auth: str | None) -> Path:
    from pp_qa.settings import load_settings

    file = load_settings(auth=auth).auth
    if file is None:
        raise UsageError("name the file of users with --auth FILE, or set PP_QA_AUTH")
    return file
