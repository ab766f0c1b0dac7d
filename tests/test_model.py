"""The real embedding model: equal to its reference, never truncating, never on the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from contracts.store_contract import ARTICLE

from pp_qa import composing
from pp_qa.errors import ModelError
from pp_qa.models.embedding import OnnxEmbedder
from pp_qa.models.weights import DEFAULT_MODEL, model_folder, onnx_model
from pp_qa.settings import Settings

pytestmark = pytest.mark.model

TEXTS = [
    "Who met in Miami?",
    "",
    "Sources confirmed that the envoys met in Miami between October 24 and 26.",
    "日本語の文です。 👩‍👩‍👧‍👦 Ünïcödé",
    "word " * 250,
    "x",
]


@pytest.fixture(scope="module")
def embedder(model_cache: Path) -> OnnxEmbedder:
    return OnnxEmbedder(DEFAULT_MODEL, model_cache)


def test_vectors_are_unit_rows_in_order(embedder: OnnxEmbedder) -> None:
    """One float32 unit row a text, the same whatever is embedded beside it."""
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(vectors - alone).max() < 1e-5
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_text_above_the_limit_is_refused(embedder: OnnxEmbedder) -> None:
    """The limit counts the special tokens, and nothing is cut to it."""
    longest = "word " * (embedder.max_tokens - 2)
    assert embedder.count_tokens(longest) == embedder.max_tokens == 256
    embedder.embed([longest])
    with pytest.raises(ModelError, match=r"257 tokens.*256"):
        embedder.embed(["fine", longest + "word"])


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    """A name that is neither the default nor a model's folder is refused with what to do."""
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        OnnxEmbedder(str(tmp_path), tmp_path)
    for name in ("", "a\0b", "\ud800", 300 * "x"):
        with pytest.raises(ModelError, match="is not a model folder"):
            OnnxEmbedder(name, tmp_path)


def test_a_model_that_can_not_be_loaded_is_named(tmp_path: Path) -> None:
    """Weights alone are no model: neither the disk is to blame nor pp_qa."""
    shutil.copy(model_folder(DEFAULT_MODEL) / "model.safetensors", tmp_path)
    for said in (r"no tokenizer\.json", "Unrecognized model"):
        with pytest.raises(ModelError, match=rf"can't be loaded \(.*{said}.*; save it there anew"):
            onnx_model(str(tmp_path), tmp_path / "cache")
        (tmp_path / "tokenizer.json").touch()


def test_a_damaged_tokenizer_is_named(
    embedder: OnnxEmbedder, model_cache: Path, tmp_path: Path
) -> None:
    """Its library raises nothing that could be told from other errors."""
    shipped = model_folder(DEFAULT_MODEL)
    folder = tmp_path / shipped.parent.name / shipped.name
    folder.mkdir(parents=True)
    (folder / "model.safetensors").symlink_to(shipped / "model.safetensors")
    (folder / "tokenizer.json").write_text('{"version": ')
    settings = Settings(model=str(folder), cache_dir=model_cache)
    with pytest.raises(ModelError, match=r"model .* can't be loaded \(EOF.*tokenizer\.json"):
        composing.make_embedder(settings)


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """Where the export can't be kept, the setting that moves it is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="PP_QA_CACHE_DIR"):
        onnx_model(DEFAULT_MODEL, tmp_path / "file" / "cache")


def test_a_damaged_export_is_made_again_and_equals_its_reference(
    embedder: OnnxEmbedder, model_cache: Path, tmp_path: Path
) -> None:
    """A damaged file is exported anew from the weights, and its vectors are those of
    sentence-transformers within 1e-5."""
    from sentence_transformers import SentenceTransformer

    exported = onnx_model(DEFAULT_MODEL, model_cache)
    cache = tmp_path / "damaged"
    shutil.copytree(model_cache, cache)
    with (cache / exported.file.name).open("rb+") as file:
        file.seek(1_000_000)
        file.write(b"damage")
    again = OnnxEmbedder(DEFAULT_MODEL, cache)
    assert again.fingerprint == embedder.fingerprint
    reference = SentenceTransformer(str(exported.tokenizer.parent), device="cpu").encode(
        TEXTS, normalize_embeddings=True
    )
    assert np.abs(again.embed(TEXTS) - reference).max() < 1e-5
    assert np.abs(embedder.embed(TEXTS) - reference).max() < 1e-5


def test_indexing_and_asking_use_no_network(
    embedder: OnnxEmbedder, corpus: Path, tmp_path: Path, model_cache: Path
) -> None:
    """With all sockets but the machine's own cut off (every test's are), the default parts index
    a folder and find the answer in it; the suite's guard is real."""
    import socket

    with pytest.raises(AssertionError, match="tried to"):
        socket.create_connection(("huggingface.co", 443))
    (corpus / "a.txt").write_text(ARTICLE)
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index", cache_dir=model_cache)
    assistant = composing.ready(settings, say=lambda _: None)
    assert "Miami" in assistant.retrieve("Where did the negotiators gather?", k=1)[0].passage.text
    reply = assistant.ask("Who met in Miami in October?", min_confidence=0)
    assert reply.answered
    assert "envoys met in Miami" in reply.citations[0].quote.text


OFFLINE = """
import socket, sys
def refuse(*_, **__): raise SystemExit("the network was used")
socket.socket.connect = socket.getaddrinfo = refuse
import pp_qa
from pp_qa.types import Answer
reply = pp_qa.ask("Who met in Miami in October?")
assert "envoys met in Miami" in pp_qa.retrieve("Who met in Miami?", k=1)[0].passage.text
assert "torch" not in sys.modules
print(reply.generation)
"""


def test_a_fresh_process_answers_offline_without_torch(
    embedder: OnnxEmbedder, corpus: Path, tmp_path: Path, model_cache: Path
) -> None:
    """`pp_qa.ask` in a new process builds the index and answers, with every socket refused and
    without loading torch."""
    (corpus / "a.txt").write_text(ARTICLE)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PP_QA_")},
        "PP_QA_CORPUS_DIR": str(corpus),
        "PP_QA_INDEX_DIR": str(tmp_path / "index"),
        "PP_QA_CACHE_DIR": str(model_cache),
    }
    result = subprocess.run(
        [sys.executable, "-c", OFFLINE], capture_output=True, text=True, env=environment
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "1"


def test_the_runtime_reports_nothing_to_its_makers(tmp_path: Path, model_cache: Path) -> None:
    """onnxruntime keeps a device id and a queue of events in the home folder as soon as it is
    imported, unless it is told not to; it sends them from a thread that Python can't see."""
    script = (
        "import sys, time; from pathlib import Path\n"
        "from pp_qa.models.embedding import OnnxEmbedder\n"
        "OnnxEmbedder(sys.argv[1], Path(sys.argv[2])).embed(['a word'])\n"
        "time.sleep(1)\n"
    )
    home = tmp_path / "home"
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ORT_"))}
    subprocess.run(
        [sys.executable, "-c", script, DEFAULT_MODEL, str(model_cache)],
        env=environment | {"HOME": str(home)},
        check=True,
    )
    assert list(home.rglob("*")) == []
