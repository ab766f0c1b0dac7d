"""Putting the default parts together: which embedder, which reader, which store.

`answering` is what `pp-qa ask` and `pp_qa.ask` use: over `ready`, which builds an index that is
missing and repairs one that is damaged, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.assistant import Assistant
from pp_qa.errors import (
    CorpusError,
    IndexDamaged,
    IndexFault,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexNewer,
    IndexWriteError,
    ModelError,
    PpQaError,
)
from pp_qa.indexing import Options, fingerprints, update
from pp_qa.models import calibration
from pp_qa.models.embedding import OnnxEmbedder
from pp_qa.models.looks import Networks
from pp_qa.models.network import CLOSE_READER, Network
from pp_qa.models.reading import CalibratedReader, Observer
from pp_qa.places import check_places
from pp_qa.reaching import lacking, there
from pp_qa.remains import folder_to_follow, folder_to_read
from pp_qa.stores import generations
from pp_qa.stores.local import LocalStore

if TYPE_CHECKING:
    from pp_qa.loading.isolation import Parsers
    from pp_qa.models.calibration import Calibration
    from pp_qa.protocols import Embedder, IndexStore, ProgressCallback, Reader
    from pp_qa.settings import Settings
    from pp_qa.types import UpdateReport

log = logging.getLogger("pp_qa")
CALIBRATION = "calibration.json"
"""A user's own calibration, in the index folder."""


def open_assistant(settings: Settings) -> Assistant:
    """Raises IndexMissing, IndexDamaged, IndexIncompatible or ModelError."""
    store = LocalStore.open(settings.index_dir)
    embedder = make_embedder(settings)
    return _assemble(settings, store, embedder)


def answering(
    settings: Settings,
    progress: ProgressCallback = lambda _: None,
    say: Callable[[str], None] = log.warning,
) -> Assistant:
    """`ready`, for who only asks: a missing index is built at its usual place, and at one that was
    given only together with the documents, for it may be mistyped.

    Raises IndexMissing for one that isn't built, and else as `ready` does.
    """
    root, corpus = settings.index_dir, settings.corpus_dir
    if not generations.was_complete(root):
        if settings.given("index_dir") and not settings.given("corpus_dir"):
            raise IndexMissing(f"there is no index in {root}; run: {generations.command(root)}")
        if lacking(corpus):
            raise IndexMissing(
                f"there is no index in {root}, and no folder {corpus} to make one from; put documents"
                " there, or set PP_QA_CORPUS_DIR to their folder or PP_QA_INDEX_DIR to an index"
            )
    return ready(settings, progress, say)


def ready(
    settings: Settings,
    progress: ProgressCallback = lambda _: None,
    say: Callable[[str], None] = log.warning,
) -> Assistant:
    """An Assistant whatever state the index is in: a missing one is built from the corpus, a
    damaged one rebuilt from the folder it follows, one of another model or other settings brought
    up to date; `say` gets a line about each. Where one of other settings can't be, it answers as
    it is.

    Raises IndexNewer for an index of a newer version, which is left alone; CorpusError,
    ModelError, IndexLocked or IndexWriteError when there is no index that can be used and none
    can be built.
    """
    try:
        assistant = open_assistant(settings)
    except IndexNewer:
        raise
    except (IndexMissing, IndexDamaged, IndexIncompatible) as error:
        fault = _fault(error)
        corpus = folder_to_read(settings, fault)
        say(f"{fault}; building it from {corpus}")
        embedder = make_embedder(settings)
        update_index(settings, embedder, progress, corpus=corpus)
        return _assemble(settings, LocalStore.open(settings.index_dir), embedder)
    if dict(assistant.manifest.fingerprints) != fingerprints(assistant.embedder, settings):
        say(f"the index in {settings.index_dir} was made with other settings; updating it")
        try:
            assistant.update(progress=progress)
        except (CorpusError, IndexLocked, IndexWriteError) as error:
            say(f"answering from the index as it is: {error}")
    return assistant


def open_fresh(
    settings: Settings, progress: ProgressCallback, say: Callable[[str], None]
) -> tuple[Assistant | None, str, UpdateReport | None]:
    """What the page serves: the index brought up to date, with the report on that; or a notice,
    which `say` gets too, when it could not be. There is no Assistant only where there is neither
    an index nor anything to make one from.

    Raises ModelError when the model is missing.
    """
    notice, report = "", None
    try:
        report = update_index(settings, make_embedder(settings), progress)
    except (CorpusError, IndexLocked, IndexWriteError) as error:
        say(notice := str(error))
    try:
        return open_assistant(settings), notice, report
    except IndexFault as error:
        return None, notice or str(error), report


def open_empty(settings: Settings) -> Assistant:
    """An Assistant over nothing, which answers from the index as soon as there is one."""
    embedder = make_embedder(settings)
    store = LocalStore.empty(settings.index_dir)
    store.manifest = replace(store.manifest, fingerprints=fingerprints(embedder, settings))
    return _assemble(settings, store, embedder)


def update_index(
    settings: Settings,
    embedder: Embedder,
    progress: ProgressCallback = lambda _: None,
    options: Options = Options(),  # noqa: B008
    *,
    corpus: Path | None = None,
    parsers: Parsers | None = None,
    wait: float = 0,
    say: Callable[[str], None] = log.warning,
) -> UpdateReport:
    """Make the index on disk follow the corpus. A damaged one is rebuilt from the folder it follows,
    and `notes` says so; a sound one, too, keeps to that unless another is given with `rebuild`.
    Another process that is writing it is waited for up to `wait` seconds, which `say` is told. A
    dry run takes no lock and writes nothing. Who updates often passes `parsers` that stay open.

    Raises CorpusError, IndexLocked or IndexWriteError; the old index then still answers.
    """
    root = settings.index_dir
    given = corpus or (settings.corpus_dir if settings.given("corpus_dir") else None)
    corpus = corpus or settings.corpus_dir
    check_places(corpus, root)

    def brought(store: LocalStore, fault: str) -> UpdateReport:
        """The report on an update of the store, which is empty where the one on disk has a fault."""
        folder = corpus
        if not options.rebuild and fault:
            folder = folder_to_read(settings, fault, given)
        elif options.rebuild and not given:
            folder = folder_to_read(settings, fault or f"the index in {root} can't be rebuilt")
        elif not given:
            folder = folder_to_follow(settings, store.manifest.corpus)
        if not options.dry_run:
            generations.sweep(root)  # what a crash left, though nothing may have changed since
        with closing(store), closing(LocalStore.empty(root)) as beside:
            after, report = update(
                store,
                embedder,
                folder,
                settings,
                progress,
                options,
                beside=beside,
                left=root,
                parsers=parsers,
            )
            after.close()
        if not fault or options.rebuild:
            return report
        mended = f"{fault}; rebuilt from the documents in {folder}"
        return replace(report, notes=(mended, *report.notes))

    with nullcontext() if options.dry_run else generations.writing(root, wait, say):
        store, fault = _openable(root, options.rebuild)
        try:
            return brought(store, fault)
        except IndexDamaged as error:  # of a large one not every byte is looked at before
            if fault:
                raise
            return brought(LocalStore.empty(root), _fault(error))


def _openable(root: Path, rebuild: bool) -> tuple[LocalStore, str]:
    """The store to update: the one on disk, or an empty one and what is wrong with that."""
    try:
        # What is made again takes over text and vectors: then every byte of them is looked at.
        return LocalStore.open(root, whole=rebuild), ""
    except IndexMissing:
        lost = generations.was_complete(root)
        return LocalStore.empty(root), f"{root} has lost its CURRENT file" if lost else ""
    except (IndexDamaged, IndexIncompatible) as error:
        if isinstance(error, IndexNewer) and not rebuild:
            raise
        return LocalStore.empty(root), _fault(error)


def _fault(error: Exception) -> str:
    """What is wrong, without what to do about it."""
    return str(error).partition(";")[0]


def make_embedder(settings: Settings) -> Embedder:
    """Raises ModelError when the model is missing, damaged or not the one expected."""
    try:
        return OnnxEmbedder(settings.model, settings.cache_dir, settings.threads)
    except PpQaError:
        raise
    except Exception as error:  # what the libraries raise of a damaged file has no type of its own
        raise ModelError(
            f"the model {settings.model} can't be loaded ({error}); if it is a folder, save its"
            " tokenizer.json there anew, else install pp_qa and its packages again"
        ) from error


def _assemble(settings: Settings, store: LocalStore, embedder: Embedder) -> Assistant:
    wanted = fingerprints(embedder, settings)
    have = dict(store.manifest.fingerprints)
    if have.get("embedder") != wanted["embedder"]:
        raise IndexIncompatible(
            f"the index in {settings.index_dir} was made by another model"
            f" ({have.get('embedder')}, not {wanted['embedder']}); run: pp-qa index"
        )
    reader, threshold = make_reader(settings, embedder)
    # It stays with its index, whatever folder the process goes to.
    store.root = settings.index_dir.absolute()
    settings = settings.model_copy(update={"index_dir": store.root})
    return Assistant(store, embedder, reader, settings, threshold, _follow)


def make_observer(settings: Settings, embedder: Embedder) -> Observer:
    """What a reader sees with. Raises ModelError when a network is missing or damaged."""
    if settings.reader != "trained":
        return Observer(embedder)
    reader = Network(settings.threads)
    # It reads few texts: one at a time, so that every core has something to do.
    close_reader = Network(settings.threads, CLOSE_READER, batch_tokens=1)
    return Observer(embedder, Networks(reader, close_reader))


def make_reader(settings: Settings, embedder: Embedder) -> tuple[Reader, float]:
    """The reader and the confidence below which to abstain."""
    observer = make_observer(settings, embedder)
    fitted = load_calibration(settings, observer)
    return CalibratedReader(observer, fitted), fitted.threshold


def load_calibration(settings: Settings, observer: Observer) -> Calibration:
    """The user's own calibration where there is one that fits the reader, else the shipped one."""
    own = settings.index_dir / CALIBRATION
    fitted = calibration.load(own) if there(own) else calibration.shipped(settings.reader)
    if fitted.fingerprint != observer.fingerprint:
        log.warning(
            "the threshold was calibrated for other models (%s); run: pp-qa calibrate",
            fitted.fingerprint,
        )
        return fitted if observer.takes(fitted) else calibration.shipped(settings.reader)
    return fitted


def _follow(store: IndexStore) -> IndexStore:
    """The newest generation: another process may have written one since. What can't be opened
    yet is tried again at the next question; the old one goes on answering."""
    assert isinstance(store, LocalStore)
    have = store.manifest
    try:
        if generations.current(store.root) == store.pointer:
            return store
        newer = LocalStore.open(store.root)
    except IndexFault as error:
        if have.generation or not isinstance(error, IndexMissing):
            _warn_once(f"still answering from generation {have.generation}: {error}")
        return store
    if newer.manifest.fingerprints.get("embedder") != have.fingerprints.get("embedder"):
        _warn_once("the index was rebuilt with another model; start again to use it")
        return store
    return newer


@lru_cache(maxsize=64)
def _warn_once(line: str) -> None:
    """Many questions come upon the same."""
    log.warning(line)
