"""Where the folder of documents and that of the index may be: neither is taken for the other."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pp_qa.errors import CorpusError, IndexWriteError
from pp_qa.reaching import lacking, resolved
from pp_qa.refusing import reason
from pp_qa.scanning import ABOUT_THE_FOLDER, HIDDEN
from pp_qa.stores import generations


def check_places(corpus: Path, index: Path) -> None:
    """Raises CorpusError where the documents lie in the index folder, and IndexWriteError where a
    first index would be put among documents, none of which would be read then."""
    if resolved(corpus).is_relative_to(resolved(index)):
        raise CorpusError(
            f"the corpus folder {corpus} is, or lies in, the index folder {index};"
            " name another folder for one of them"
        )
    if lacking(index) or generations.was_complete(index):
        return
    documents: list[str] = []
    with suppress(OSError):  # whoever writes there says why that can't be
        documents += (path.name for path in index.iterdir() if _is_document(path))
    if documents:
        raise IndexWriteError(
            f"the folder {index} holds documents ({min(documents)!a}) and no index; name another"
            " one with --index"
        )


def _is_document(path: Path) -> bool:
    passed_over = path.name == ABOUT_THE_FOLDER or path.name.startswith(HIDDEN)
    return not passed_over and not reason(path.name) and path.is_file()
