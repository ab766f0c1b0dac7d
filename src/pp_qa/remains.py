"""Which folder an index is made again from. One that can't be opened may still say which folder it
follows: it is never replaced by an index of another one unless that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa import caches
from pp_qa.errors import CorpusError
from pp_qa.indexing import FILES
from pp_qa.reaching import lacking, resolved, there
from pp_qa.stores import generations

if TYPE_CHECKING:
    from pp_qa.settings import Settings


@dataclass(frozen=True, slots=True)
class _Remains:
    """The folder that an index follows, "" where nothing tells, and the names of its files."""

    corpus: str
    names: frozenset[str]

    def fit(self, folder: Path) -> bool:
        """Whether a folder can be the one: it has half of the files at least, or its very name."""
        if not self.names:
            return not lacking(folder) and self.corpus == str(resolved(folder))
        return 2 * sum(there(folder / name) for name in self.names) >= len(self.names)


def folder_to_follow(settings: Settings, followed: str) -> Path:
    """The folder of a sound index that follows one: that of the settings or, where none was given
    and the usual one is not there, the same as before."""
    usual = settings.corpus_dir
    keeps = followed and not settings.given("corpus_dir") and lacking(usual)
    return Path(followed) if keeps else usual


def folder_to_read(settings: Settings, fault: str, given: Path | None = None) -> Path:
    """The folder to make an index again from: the one that was given, here or in the settings, or
    else the one that it follows. `fault` says why it is made again.

    Raises CorpusError where nothing tells which folder that is, and where it is gone or lacks
    most of the documents.
    """
    root, usual = settings.index_dir, settings.corpus_dir
    if not generations.was_complete(root):
        return given or usual  # a first index replaces none
    if given is None and settings.given("corpus_dir"):
        given = usual
    left = _left(root)
    command = generations.command(root)
    if not left.corpus and given:
        return given
    if not left.corpus:
        raise CorpusError(
            f"{fault}, and nothing that is left of it says which folder it follows, so it is left"
            f" as it is; run: {command} --corpus FOLDER"
        )
    tried = [given] if given else [Path(left.corpus), usual]
    for folder in tried:
        if left.fit(folder):
            return folder
    what = lacking(tried[0]) or "lacks most of its documents"
    raise CorpusError(
        f"{fault}; it follows {left.corpus}, and {tried[0]} {what}, so it is left as it is; run:"
        f" {command} --corpus with the folder that has them, or --rebuild --corpus with another"
    )


def _left(root: Path) -> _Remains:
    """What the files of an index say, whole or not."""
    last, names = caches.seen_last(root / FILES)
    said = [corpus for corpus in (*generations.corpora(root), last) if corpus]
    corpus = next((c for c in said if not lacking(Path(c))), said[0] if said else "")
    return _Remains(corpus, names if corpus == last else frozenset())
