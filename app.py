"""`python app.py`: the chat over `docs_corpus/`, in a browser. The same as `pp-qa serve`."""

from __future__ import annotations

import os
import sys

from pp_qa.composing import open_fresh
from pp_qa.errors import PpQaError
from pp_qa.interfaces.web import serve
from pp_qa.settings import load_settings


def main() -> int:
    """Bring the index up to date and serve the page until Ctrl-C."""
    try:
        settings = load_settings(
            host=os.environ.get("HOST") or None, port=os.environ.get("PORT") or None
        )
        assistant, notice = open_fresh(settings, lambda _: None, _say)
        serve(assistant, settings.host, settings.port, notice=notice)
    except PpQaError as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
