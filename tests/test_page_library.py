"""The routes under the Documents tab, asked by a real client over a real socket."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import on_disk, serving, serving_routes

from pp_qa import loading
from pp_qa.adding import ASIDE
from pp_qa.assistant import Assistant
from pp_qa.interfaces.web import updates
from pp_qa.interfaces.web.choosing import Choice
from pp_qa.interfaces.web.library import Library
from pp_qa.interfaces.web.updates import State, Updates
from pp_qa.scanning import Stamp
from pp_qa.stores import generations
from pp_qa.surveying import Behind
from pp_qa.types import Progress

OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def assistant(corpus: Path) -> Assistant:
    (corpus / "a.txt").write_text("The envoys met in Miami.\n")
    (corpus / "b.txt").write_text("Shares rose in Lisbon.\n")
    (corpus / "bad.pdf").write_bytes(b"no PDF")
    return on_disk(corpus, max_file_mb=2, max_upload_mb=3)


@pytest.fixture
def client(assistant: Assistant) -> Iterator[httpx.Client]:
    with (
        serving_routes(assistant) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        yield client


def upload(client: httpx.Client, name: str, content: Any, **more: str) -> httpx.Response:
    return client.post(
        "/page/upload", params={"name": name, **more}, content=content, headers=OCTETS
    )


def ended(client: httpx.Client, after: int = 0) -> dict[str, Any]:
    """The state once the update that was asked for has ended."""
    for _ in range(600):
        state: dict[str, Any] = client.get("/page/update").json()
        if not state["running"] and state["number"] > after:
            return state
        time.sleep(0.05)
    pytest.fail("the update did not end")


def visible(corpus: Path) -> list[str]:
    return sorted(p.name for p in corpus.iterdir())


# ── looking ──────────────────────────────────────────────────────────────────


def test_the_list_and_the_names(client: httpx.Client) -> None:
    """A part of the list as HTML, what fits a filter, and names for an @."""
    part = client.get("/page/documents").json()
    assert (part["total"], part["next"], part["further"]) == (2, 2, "")
    assert part["count"] == "2 documents · 1 file not read"
    assert part["rows"].count("<li") == 3
    assert "Not read: it" in part["rows"]
    assert client.get("/page/documents/ids", params={"filter": "A.TXT"}).json() == ["a.txt"]
    names = client.get("/page/names", params={"typed": "b"}).json()
    assert [n["written"] for n in names] == ["@b.txt"]


def test_a_long_list_comes_in_parts(corpus: Path) -> None:
    """However many documents there are, the page gets so many at a time, in a natural order."""
    for n in range(120):
        (corpus / f"note {n}.txt").write_text(f"Note {n} of many.\n")
    with serving_routes(on_disk(corpus)) as url, httpx.Client(base_url=url) as client:
        first = client.get("/page/documents").json()
        assert first["rows"].count("<li") == first["next"] == 50
        assert first["further"] == "Show 50 more of 70"
        last = client.get("/page/documents", params={"first": 100}).json()
        assert last["rows"].count("<li") == 20
        assert last["rows"].index("note 109.txt") < last["rows"].index("note 110.txt")
        beyond = client.get("/page/documents", params={"first": 150}).json()
        assert (beyond["rows"], beyond["further"], beyond["next"]) == ("", "", 120)


# ── what changed in the folder ───────────────────────────────────────────────


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose bytes are read to tell whether they changed."""
    names: list[str] = []
    revision = loading.revision

    def counted(path: Path) -> str:
        names.append(path.name)
        return revision(path)

    monkeypatch.setattr(loading, "revision", counted)
    return names


def test_what_changed_on_disk_is_marked_and_an_update_brings_it_in(
    client: httpx.Client, assistant: Assistant, corpus: Path
) -> None:
    """Each file has its note, also one that could not be read; the update reads only those."""
    client.get("/page/look")
    part = client.get("/page/documents").json()
    assert part["behind"] == ""
    (corpus / "a.txt").write_text("The envoys met in Oslo.\n")
    (corpus / "b.txt").unlink()
    (corpus / "<c>.txt").write_text("Penguins live here.\n")
    (corpus / "bad.pdf").write_bytes(b"still no PDF")
    (corpus / "pack.zip").write_bytes(b"an archive")
    assert client.get("/page/look").json() != part["looked"]
    part = client.get("/page/documents").json()
    assert part["behind"] == "In the folder since the last update: 2 new · 2 changed · 1 gone"
    rows = {
        row.partition("<bdi>")[2].partition("</bdi>")[0]: row for row in part["rows"].split("<li")
    }
    assert "New, not indexed yet" in rows["&lt;c&gt;.txt"]
    assert "New, not indexed yet" in rows["pack.zip"]
    assert "Changed since; not read again yet" in rows["bad.pdf"]
    assert "Changed since it was indexed" in rows["a.txt"]
    assert "No longer in the folder" in rows["b.txt"]
    assert "zip" not in client.get("/page/documents", params={"filter": "<c"}).json()["rows"]

    ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    client.get("/page/look")
    assert client.get("/page/documents").json()["behind"] == ""
    assert [d.doc_id for d in assistant.documents()] == ["<c>.txt", "a.txt"]
    assert assistant.ask("Where have the envoys met: in Oslo?").answered


def test_a_look_reads_only_what_may_have_changed_and_that_once(
    assistant: Assistant, corpus: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    """However often the list is shown. A file that was only touched has not changed."""
    monkeypatch.setattr(Stamp, "settled", lambda *_: True)
    library = Library(assistant)
    assistant.update()
    os.utime(corpus / "a.txt")
    (corpus / "new.txt").write_text("Shares fell in Paris.\n")
    read.clear()
    looks = [library.look() for _ in range(3)]
    assert read == ["a.txt", "new.txt"]
    assert looks[0] == looks[2]
    assert looks[0].behind == Behind(new=frozenset({"new.txt"}))


def test_where_the_folder_is_watched_nobody_looks(
    assistant: Assistant, corpus: Path, read: list[str]
) -> None:
    """The index follows by itself."""
    (corpus / "new.txt").write_text("Shares fell in Paris.\n")
    library = Library(assistant, watched=True)
    assert not library.look().behind
    assert read == []


def test_a_folder_that_is_gone_is_said(client: httpx.Client, corpus: Path) -> None:
    """In place of what changed; the list is as it was."""
    shutil.rmtree(corpus)
    client.get("/page/look")
    part = client.get("/page/documents").json()
    assert "does not exist" in part["behind"]
    assert part["total"] == 2


def test_a_lot_of_new_files_is_counted(client: httpx.Client, corpus: Path) -> None:
    """Some are named, and it is said how many more there are."""
    for n in range(25):
        (corpus / f"new {n}.txt").write_text(f"Note {n}.\n")
    client.get("/page/look")
    part = client.get("/page/documents").json()
    assert part["rows"].count("New, not indexed yet") == 21
    assert "and 5 more" in part["rows"]


# ── adding ───────────────────────────────────────────────────────────────────


def test_a_file_that_is_added_can_be_asked(client: httpx.Client, assistant: Assistant) -> None:
    """Stored, indexed while the old index answers, and answered from, with nothing started anew."""
    stored = upload(client, "new/../c.txt", b"Penguins live behind the lighthouse.\n")
    assert stored.json() == {"name": "c.txt", "known": False}
    after = client.post("/page/update", json={"rebuild": False}).json()["after"]
    state = ended(client, after)
    assert state["outcome"] == "done"
    assert "added c.txt" in state["ended"].lower()
    (fate,) = client.post("/page/fates", json=["c.txt"]).json()
    assert fate == {
        **{"name": "c.txt", "passages": 1, "reason": "", "written": "@c.txt"},
        "empty": False,
    }
    assert assistant.ask("Where do penguins live: behind the lighthouse?").answered


def test_of_an_emptied_folder_the_page_says_what_can_be_done_on_it(
    client: httpx.Client, corpus: Path
) -> None:
    """The index stands until files come again, as others may."""
    for path in corpus.iterdir():
        path.unlink()
    state = ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    assert state["outcome"] == "failed"
    assert "the folder holds no documents any more; put them back, or add" in state["ended"]
    assert "--" not in state["ended"]
    upload(client, "c.txt", b"Penguins live behind the lighthouse.\n")
    state = ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    assert state["outcome"] == "done"


def test_a_file_that_turns_out_damaged_says_so(client: httpx.Client) -> None:
    """It is stored, and its fate is the reason why it can't be read."""
    upload(client, "new.pdf", b"this is no PDF")
    ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    (fate,) = client.post("/page/fates", json=["new.pdf"]).json()
    assert fate["passages"] == 0
    assert "PDF" in fate["reason"]


@pytest.mark.parametrize("content", [b"", b" \n\n"])
def test_a_file_without_text_is_told_to_be_empty(client: httpx.Client, content: bytes) -> None:
    """It is there, and nothing in it can be asked."""
    upload(client, "empty.txt", content)
    ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    (fate,) = client.post("/page/fates", json=["empty.txt"]).json()
    assert (fate["empty"], fate["reason"]) == (True, "")


def test_names_do_not_lead_out_and_nothing_is_overwritten(
    client: httpx.Client, corpus: Path
) -> None:
    """Whatever the name, the file lands in the folder, beside what is there."""
    for name in ("../../a.txt", "/etc/a.txt", "..\\a.txt", ".a.txt"):
        reply = upload(client, name, f"Another text, of {name}.".encode())
        assert reply.status_code == 200
    assert (corpus / "a.txt").read_text() == "The envoys met in Miami.\n"
    assert [n for n in visible(corpus) if n.startswith("a")] == [
        *("a (2).txt", "a (3).txt", "a (4).txt", "a (5).txt", "a.txt")
    ]
    assert visible(corpus.parent) == ["corpus", "index"]
    known = upload(client, "copy of b.txt", b"Shares rose in Lisbon.\n").json()
    assert known == {"name": "b.txt", "known": True}


def test_what_cannot_be_taken_is_said_before_it_is_sent(client: httpx.Client) -> None:
    """Each with its reason, and those beyond what may come at once."""
    files = [("a.zip", 1), ("b.txt", 2_000_001), ("c.txt", 2_000_000), ("d.txt", 1_000_001)]
    sent = [{"name": n, "size": s} for n, s in files]
    reasons = client.post("/page/check", json=sent).json()
    assert "is an archive" in reasons[0]
    assert "the most is 2" in reasons[1]
    assert reasons[2] is None
    assert "is too much at once: the most is 3 MB" in reasons[3]


@pytest.mark.parametrize(
    ("name", "size", "status", "says"),
    [
        ("a.zip", 10, 422, "is an archive"),
        ("big.txt", 2_000_001, 422, "the most is 2"),
        ("", 10, 422, "has no format"),
    ],
)
def test_what_comes_all_the_same_is_refused(
    client: httpx.Client, corpus: Path, name: str, size: int, status: int, says: str
) -> None:
    """The server counts for itself, and keeps nothing of what it refuses."""
    before = visible(corpus)
    try:
        reply = upload(client, name, b"x" * size)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        pass  # it was refused while we were sending
    else:
        assert reply.status_code == status
        assert says in reply.json()["message"]
    assert visible(corpus) == before


def test_one_upload_has_a_bound(client: httpx.Client, corpus: Path) -> None:
    """Files that are each small enough are too much together; another upload counts anew, and so
    does a file that comes without one."""
    content = b"x" * 1_600_000
    assert upload(client, "one.txt", content, upload="u").status_code == 200
    assert upload(client, "two.txt", content + b"2", upload="u").status_code == 422
    assert upload(client, "two.txt", content + b"2", upload="v").status_code == 200
    for name in ("three.txt", "four.txt"):
        assert upload(client, name, content + name.encode()).status_code == 200
    assert not [n for n in visible(corpus) if n.startswith(".pp_qa")]


def test_an_upload_that_is_cut_off_leaves_nothing(
    client: httpx.Client, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a file is never stored, and the server goes on."""
    before = visible(corpus)
    head = (
        "POST /page/upload?name=half.txt HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as half:
        half.sendall(head.encode() + b"x" * 500)
        wait_for(lambda: visible(corpus) != before)
    wait_for(lambda: visible(corpus) == before)
    assert upload(client, "whole.txt", b"A whole text.").status_code == 200
    assert "Traceback" not in caplog.text


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it did not come about")


# ── removing ─────────────────────────────────────────────────────────────────


def test_what_is_removed_is_no_longer_asked_and_comes_back(
    client: httpx.Client, assistant: Assistant, corpus: Path
) -> None:
    """The file is moved aside, the index follows, and both come back."""
    done = client.post("/page/remove", json={"document": "a.txt"}).json()
    ended(client, done["after"])
    assert Path(done["place"]) == corpus.resolve() / ASIDE / "a.txt"
    assert [d.doc_id for d in assistant.documents()] == ["b.txt"]
    back = client.post("/page/restore", json={"aside": done["aside"]}).json()
    ended(client, back["after"])
    assert back["document"] == "a.txt"
    assert [d.doc_id for d in assistant.documents()] == ["a.txt", "b.txt"]
    again = client.post("/page/restore", json={"aside": done["aside"]})
    assert again.status_code == 404
    assert ASIDE in again.json()["message"]


def test_what_was_removed_before_the_start_is_listed_and_comes_back(
    client: httpx.Client, assistant: Assistant, corpus: Path
) -> None:
    """By its place in the folder of removed files; the list says nothing where there are none."""
    assert client.get("/page/documents").json()["removed"] == ""
    (corpus / ASIDE / "old").mkdir(parents=True)
    (corpus / ASIDE / "old" / "<i>.txt").write_text("Otters sleep afloat.\n")
    (corpus / ASIDE / "c.txt").write_text("Cranes winter in Spain.\n")
    listed = client.get("/page/documents").json()["removed"]
    assert "2 removed files" in listed
    assert "<bdi>old/&lt;i&gt;.txt</bdi>" in listed
    back = client.post("/page/restore", json={"aside": "old/<i>.txt"}).json()
    ended(client, back["after"])
    assert (corpus / "old" / "<i>.txt").exists()
    assert "old/<i>.txt" in [d.doc_id for d in assistant.documents()]
    assert "1 removed file<" in client.get("/page/documents").json()["removed"]


@pytest.mark.parametrize("name", ["../a.txt", "/etc/hosts", "", "none.txt", "a\0.txt", "."])
def test_only_what_was_removed_comes_back(client: httpx.Client, corpus: Path, name: str) -> None:
    assert client.post("/page/restore", json={"aside": name}).status_code == 404
    assert (corpus / "a.txt").exists()


def test_two_removed_files_of_one_name_come_back_under_it(
    client: httpx.Client, corpus: Path
) -> None:
    """Where they lie one has another name; while the server runs it is remembered."""
    first = client.post("/page/remove", json={"document": "a.txt"}).json()
    ended(client, first["after"])
    upload(client, "a.txt", b"Another text.\n")
    ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    second = client.post("/page/remove", json={"document": "a.txt"}).json()
    ended(client, second["after"])
    assert second["aside"] == "a (2).txt"
    back = client.post("/page/restore", json={"aside": second["aside"]}).json()
    assert back["document"] == "a.txt"
    assert (corpus / "a.txt").read_text() == "Another text.\n"


def test_the_last_document_can_be_removed(client: httpx.Client, assistant: Assistant) -> None:
    """One by one until nothing is left: who removes the last one means it."""
    for name in ("a.txt", "b.txt", "bad.pdf"):
        done = client.post("/page/remove", json={"document": name}).json()
        state = ended(client, done["after"])
        assert state["outcome"] == "done", state["ended"]
    assert assistant.documents() == []
    assert assistant.manifest.failures == ()


@pytest.mark.parametrize("name", ["../outside.txt", "nowhere.txt", "/etc/hosts", "", ".removed"])
def test_only_documents_are_removed(client: httpx.Client, corpus: Path, name: str) -> None:
    """What is no document of the list is left alone."""
    outside = corpus.parent / "outside.txt"
    outside.write_text("mine")
    assert client.post("/page/remove", json={"document": name}).status_code == 404
    assert outside.exists()


# ── the update ───────────────────────────────────────────────────────────────


def test_a_rebuild_reads_everything_again(client: httpx.Client, assistant: Assistant) -> None:
    """On the page as on the command line, beside the old index."""
    before = assistant.manifest.generation
    state = ended(client, client.post("/page/update", json={"rebuild": True}).json()["after"])
    assert state["outcome"] == "done"
    assert assistant.manifest.generation == before + 1


def test_an_update_that_fails_says_why_and_the_old_index_answers(
    client: httpx.Client, assistant: Assistant, corpus: Path
) -> None:
    """One line; nothing is lost."""
    for path in corpus.iterdir():
        path.unlink()
    state = ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    assert state["outcome"] == "failed"
    assert "holds no documents" in state["ended"]
    assert "\n" not in state["ended"]
    assert assistant.ask("Where have the envoys met in: Miami?").answered


def test_an_update_waits_for_another_process_and_can_be_stopped(
    client: httpx.Client, assistant: Assistant
) -> None:
    """It says for whom it waits; stopped, it leaves the index as it is."""
    root = assistant.settings.index_dir
    before = assistant.manifest.generation
    with generations.writing(root):
        client.post("/page/update", json={"rebuild": True})
        wait_for(lambda: "Waiting: the index" in client.get("/page/update").json()["line"])
        client.post("/page/stop", json={})
        state = ended(client)
    assert state["outcome"] == "stopped"
    assert assistant.manifest.generation == before
    client.post("/page/update", json={"rebuild": True})
    assert ended(client, 1)["outcome"] == "done"


def test_an_update_that_is_stopped_before_it_begins_has_ended_too(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for its end gets one."""
    asked, update = threading.Event(), Updates._run

    def late(self: Updates, *wish: Any) -> None:
        asked.wait(30)
        update(self, *wish)

    monkeypatch.setattr(Updates, "_run", late)
    updates = Updates(assistant)
    updates.ask(rebuild=True)
    updates.stop()
    asked.set()
    updates.close()
    assert (updates.state.number, updates.state.outcome) == (1, "stopped")
    assert not updates.state.running


def test_what_is_asked_for_meanwhile_is_done_afterwards(assistant: Assistant, corpus: Path) -> None:
    """Two updates never run at once, and none is forgotten."""
    updates = Updates(assistant)
    with generations.writing(assistant.settings.index_dir):
        updates.ask()
        wait_for(lambda: updates.state.waiting != "")
        (corpus / "c.txt").write_text("Penguins live here.\n")
        updates.ask(rebuild=True)
        updates.ask()
    wait_for(lambda: not updates.state.running)
    updates.close()
    assert updates.state.number == 2
    assert [d.doc_id for d in assistant.documents()] == ["a.txt", "b.txt", "c.txt"]


def test_who_asks_while_an_update_runs_is_told_what_that_brought(
    assistant: Assistant, corpus: Path
) -> None:
    """Each who asked learns of the update that was theirs, though the last one had nothing to do."""
    updates = Updates(assistant)
    (corpus / "c.txt").write_text("Penguins live here.\n")
    with generations.writing(assistant.settings.index_dir):
        first = updates.ask()
        wait_for(lambda: updates.state.waiting != "")
        second = updates.ask()
    wait_for(lambda: not updates.state.running)
    third = updates.ask()
    wait_for(lambda: not updates.state.running)
    updates.close()
    assert updates.end(first).line == "Added c.txt (1 passage), generation 2."
    assert updates.end(second).line == (
        "Another update was under way already and did it: added c.txt (1 passage), generation 2."
    )
    assert updates.end(third).line == "Up to date with 3 passages, generation 2."


def test_an_update_names_what_it_could_not_read(client: httpx.Client, corpus: Path) -> None:
    """What is new of it first, the rest counted."""
    for name in ("x", "y", "z"):
        (corpus / f"{name}.pdf").write_bytes(b"no PDF either")
    after = client.post("/page/update", json={"rebuild": False}).json()["after"]
    ended(client, after)
    end = client.get("/page/update", params={"after": after}).json()
    assert end["ended"] == "Up to date with 2 passages, generation 2."
    assert end["unread"] == (
        "4 files could not be read: x.pdf, y.pdf, z.pdf and 1 more. The list below says why."
    )


@pytest.mark.parametrize(
    ("state", "line", "share"),
    [
        (State(running=True), "Looking at the files", None),
        (State(running=True, waiting="it is written"), "Waiting: it is written", None),
        (State(at=Progress("reading", 1, 4, "files")), "Looking at the files: 1 of 4", 0.25),
        (State(at=Progress("reading", 4, 4, "files")), "Reading what is new", None),
        (
            State(at=Progress("embedding", 1, 2, "files", 30, 10.0, 90.0)),
            "Reading and embedding: 1 of 2 files · 30 windows done · about 1 min 30 s left",
            3 / 93,
        ),
        (State(at=Progress("writing", 0, 1, "generation")), "Writing the index", None),
    ],
)
def test_an_update_tells_how_far_it_is(state: State, line: str, share: float | None) -> None:
    """What it does in words, and how much of it is done by the time that it takes."""
    assert updates.progress(state) == line
    assert updates.share(state) == (None if share is None else pytest.approx(share))


# ── who may ──────────────────────────────────────────────────────────────────

CHANGES = [
    ("/page/upload?name=x.txt", {"content": b"text", "headers": OCTETS}),
    ("/page/check", {"json": [{"name": "x.txt", "size": 1}]}),
    ("/page/remove", {"json": {"document": "a.txt"}}),
    ("/page/restore", {"json": {"aside": "x"}}),
    ("/page/update", {"json": {"rebuild": True}}),
    ("/page/stop", {"json": {}}),
]


@pytest.mark.parametrize(("path", "sent"), CHANGES)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_other_web_sites_change_nothing(
    client: httpx.Client,
    corpus: Path,
    path: str,
    sent: dict[str, Any],
    headers: dict[str, str],
    status: int,
) -> None:
    """A page of another site can't have its visitor's browser add or remove anything."""
    before = visible(corpus)
    given = {**sent, "headers": sent.get("headers", {}) | headers}
    assert client.post(path, **given).status_code == status
    assert visible(corpus) == before
    assert client.get("/page/update").json()["number"] == 0


def test_a_form_of_another_site_is_no_upload(client: httpx.Client, corpus: Path) -> None:
    """What a browser would send without asking is refused."""
    before = visible(corpus)
    for kind in ("text/plain", "multipart/form-data; boundary=x", ""):
        reply = client.post("/page/upload?name=x.txt", content=b"x", headers={"Content-Type": kind})
        assert reply.status_code == 415
    assert visible(corpus) == before


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2"])
def test_beyond_this_machine_nothing_can_be_changed(
    assistant: Assistant, corpus: Path, host: str
) -> None:
    """The list is there, and each change is refused with how to allow it; adding shows nowhere."""
    before = visible(corpus)
    with serving(assistant, host) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert client.get("/page/documents").json()["total"] == 2
        assert 'class="remove"' not in client.get("/page/documents").json()["rows"]
        for path, sent in CHANGES:
            reply = client.post(path, **sent)
            assert reply.status_code == 403, path
            assert "--allow-write" in reply.json()["message"]
    assert visible(corpus) == before


@pytest.mark.parametrize(
    ("host", "allow", "status"), [("0.0.0.0", True, 200), ("127.0.0.1", False, 403)]
)
def test_the_setting_decides(corpus: Path, host: str, allow: bool, status: int) -> None:
    """`allow_write` opens it to other machines, or closes it on this one."""
    assistant = on_disk(corpus, allow_write=allow)
    with serving(assistant, host) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert upload(client, "x.txt", b"text").status_code == status


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Where a file stands in the place of the folder, nothing can be added, and that is told."""
    assistant = on_disk(tmp_path / "corpus")
    (tmp_path / "corpus").write_text("")
    with serving_routes(assistant) as url, httpx.Client(base_url=url) as client:
        reply = upload(client, "x.txt", b"text")
        assert reply.status_code == 403
        assert "is a file" in reply.json()["message"]


def test_nothing_comes_in_by_another_way(assistant: Assistant, corpus: Path) -> None:
    """Gradio's own upload stays closed, and so is the page under another name."""
    before = visible(corpus)
    with serving(assistant) as url, httpx.Client(base_url=url, timeout=60) as client:
        reply = client.post("/gradio_api/upload", files={"files": ("x.txt", b"x" * 100)})
        assert reply.status_code >= 400
        for path, sent in CHANGES:
            given = {**sent, "headers": sent.get("headers", {}) | {"Host": "evil.example"}}
            assert client.post(path, **given).status_code == 421
    assert visible(corpus) == before


# ── choosing ─────────────────────────────────────────────────────────────────


def test_a_choice_follows_what_is_there(assistant: Assistant) -> None:
    """All but some, or some only; what is gone doesn't count, and nonsense is all."""
    store = assistant.store
    assert Choice().among(store) is None
    assert Choice(True, frozenset({"a.txt", "gone"})).among(store) == {"b.txt"}
    assert Choice(False, frozenset({"a.txt", "gone"})).among(store) == {"a.txt"}
    assert Choice(False).among(store) == frozenset()
    for value in (None, "x", {"ids": "a.txt"}, {"every": False}):
        assert Choice.given(value) == Choice()
    assert Choice.given({"every": 0, "ids": ["a.txt"]}) == Choice(False, frozenset({"a.txt"}))


def test_a_folder_that_has_gone_is_not_made_anew(
    client: httpx.Client, assistant: Assistant, corpus: Path
) -> None:
    """As on a drive that was cut off: a file that is added meanwhile doesn't take all others out of
    the index, and once the folder is back it goes on."""
    away = corpus.rename(corpus.with_name("away"))
    for refused in (
        upload(client, "c.txt", b"Cows graze in Riga.\n"),
        client.post("/page/check", json=[{"name": "c.txt", "size": 20}]),
        client.post("/page/update", json={"rebuild": False}),
    ):
        assert refused.status_code == 403
        assert "does not exist; bring it back" in refused.json()["message"]
    assert not corpus.exists()
    away.rename(corpus)
    assert upload(client, "c.txt", b"Cows graze in Riga.\n").status_code == 200
    ended(client, client.post("/page/update", json={"rebuild": False}).json()["after"])
    assert [d.doc_id for d in assistant.documents()] == ["a.txt", "b.txt", "c.txt"]
