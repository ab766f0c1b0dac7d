"""What other people's parsers raise and warn, told in our words."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from pp_qa.errors import LoadError

_LONGEST_CAUSE = 120
_TOO_DEEP = "Excessive depth"
"""How the parser of XML says so."""


@contextmanager
def parsing(what: str) -> Iterator[None]:
    """Whatever a parser raises in here becomes a LoadError: the file is no `what`, or a broken
    one. A parser may raise anything at all on bytes that nobody wrote on purpose; what it warns
    of (a style or an extension it leaves out) is no matter of the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except LoadError:
        raise
    except Exception as error:
        if isinstance(error, RecursionError) or _TOO_DEEP in str(error):
            raise LoadError("has parts nested too deeply to be read; save it as text") from error
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST_CAUSE]
        raise LoadError(
            f"is no {what}, or a damaged one ({cause}); open it in its program and save it anew,"
            " or remove it"
        ) from error
