"""Is everything whole? Each check gives findings with a severity, a message and a remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pp_qa.composing import load_calibration, make_embedder, make_observer
from pp_qa.errors import CorpusError, IndexFault, ModelError, PpQaError
from pp_qa.indexing import fingerprints
from pp_qa.loading import content_hash, read
from pp_qa.scanning import scan
from pp_qa.stores.local import LocalStore

if TYPE_CHECKING:
    from pp_qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. An `error` means that answers can't be trusted or had."""

    severity: Literal["ok", "warning", "error"]
    check: str
    message: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """All checks, in the order in which things depend on each other."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_model, _index, _corpus)
    return [finding for check in checks for finding in check(settings)]


def _model(settings: Settings) -> Iterator[Finding]:
    try:
        embedder = make_embedder(settings)
    except ModelError as error:
        yield _error("model", error)
        return
    yield Finding("ok", "model", f"{settings.model} is whole ({embedder.fingerprint})")
    try:
        observer = make_observer(settings, embedder)
        fitted = load_calibration(settings, observer)
    except ModelError as error:
        yield _error("calibration", error)
        return
    if fitted.fingerprint == observer.fingerprint:
        yield Finding("ok", "calibration", f"abstains below a confidence of {fitted.threshold:.2f}")
    else:
        yield Finding(
            "warning",
            "calibration",
            "the threshold was fitted for another model",
            "run: pp-qa calibrate SUITE",
        )


def _index(settings: Settings) -> Iterator[Finding]:
    try:
        store = LocalStore.open(settings.index_dir, whole=True)
    except IndexFault as error:
        yield _error("index", error)
        return
    manifest = store.manifest
    yield Finding(
        "ok",
        "index",
        f"generation {manifest.generation} is whole: {manifest.documents} documents,"
        f" {manifest.passages} passages",
    )
    for problem in store.problems():
        yield Finding("error", "index", problem, "run: pp-qa index --rebuild")
    for failure in manifest.failures:
        yield Finding("warning", "document", f"{failure.source}: {failure.reason}")
    wanted = _wanted(settings)
    if wanted and dict(manifest.fingerprints) != wanted:
        yield Finding(
            "warning",
            "index",
            "it was made with other settings or another model",
            "run: pp-qa index",
        )
    store.close()


def _wanted(settings: Settings) -> dict[str, str] | None:
    try:
        return fingerprints(make_embedder(settings), settings)
    except ModelError:
        return None  # reported by the check of the model


def _corpus(settings: Settings) -> Iterator[Finding]:
    try:
        seen = scan(settings.corpus_dir, settings.max_file_mb * 1_000_000, settings.index_dir)
    except CorpusError as error:
        yield _error("corpus", error)
        return
    try:
        store = LocalStore.open(settings.index_dir)
    except IndexFault:
        return  # reported by the check of the index
    known = {d.doc_id: d.content_hash for d in store.documents()}
    drift = sorted(set(seen.files) ^ set(known))
    for doc_id in set(seen.files) & set(known):
        try:
            if content_hash(read(seen.files[doc_id])) != known[doc_id]:
                drift.append(doc_id)
        except PpQaError as error:
            yield Finding("warning", "corpus", f"{doc_id}: {error}")
    if drift:
        names = ", ".join(sorted(drift)[:10])
        yield Finding(
            "warning",
            "corpus",
            f"{len(drift)} files differ from the index: {names}",
            "run: pp-qa index",
        )
    else:
        yield Finding("ok", "corpus", f"the index follows {settings.corpus_dir}")
    store.close()


def _error(check: str, error: PpQaError) -> Finding:
    message, _, remedy = str(error).rpartition("; ")
    return Finding("error", check, message or str(error), remedy if message else "")
