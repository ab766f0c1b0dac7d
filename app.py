"""`python app.py`: the chat over `docs_corpus/`, in a browser. The same as `pp-qa serve`."""

from __future__ import annotations

import sys

from pp_qa.interfaces.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
