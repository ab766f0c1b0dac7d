"""The pages of a PDF over HTTP: only of documents of the index, only as they were indexed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from indexed import Index
from test_formats_pages import pdf, report
from test_http_api import served

from pp_qa.assistant import Assistant
from pp_qa.interfaces.web import leaves
from pp_qa.testing import FakeReader

ROUTES = {
    "/page/sheets": {},
    "/page/boxes": {"spans": "0-20,40-60"},
    "/page/sheet.png": {"page": 2, "width": 600},
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    made = Index(tmp_path_factory.mktemp("corpus"))
    (made.corpus / "report.pdf").write_bytes(pdf(report))
    made.write(a="No pages here.")
    made.update()
    return made


@pytest.fixture(scope="module")
def client(index: Index) -> Iterator[httpx.Client]:
    parts = (index.store, index.embedder, FakeReader(), index.settings, 0.5)
    yield from served(Assistant(*parts, lambda _: index.store))


def asked(index: Index, doc_id: str = "report.pdf") -> dict[str, str | int]:
    revision = leaves.revision(index.store.document(doc_id))
    return {"document": doc_id, "revision": revision}


def test_the_pages_of_a_pdf_are_given(client: httpx.Client, index: Index) -> None:
    """Their sizes, where spans stand, and their pictures, which only this browser keeps."""
    given = {route: client.get(route, params=asked(index) | more) for route, more in ROUTES.items()}
    assert {reply.status_code for reply in given.values()} == {200}
    assert given["/page/sheets"].json() == {"sizes": [[595.0, 842.0]] * 4}
    (first, second) = given["/page/boxes"].json()["boxes"]
    assert {box["page"] for box in first + second} == {1}
    assert set(first[0]) == {"page", "left", "top", "right", "bottom"}
    picture = given["/page/sheet.png"]
    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "private, max-age=600"
    assert picture.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["none.pdf", "../report.pdf", "/etc/passwd", "./report.pdf"])
def test_no_path_is_opened(client: httpx.Client, index: Index, route: str, name: str) -> None:
    """A document is addressed by its doc_id, which must be in the index."""
    params = asked(index) | {"document": name} | ROUTES[route]
    assert client.get(route, params=params).status_code == 404
    whole = asked(index) | {"document": str(index.corpus / "report.pdf")} | ROUTES[route]
    assert client.get(route, params=whole).status_code == 404


@pytest.mark.parametrize("route", ROUTES)
def test_what_has_no_pages_and_who_is_foreign_gets_none(
    client: httpx.Client, index: Index, route: str
) -> None:
    """Nor does another revision, a foreign name, or a page of another web site."""
    text = client.get(route, params=asked(index, "a.txt") | ROUTES[route])
    assert (text.status_code, "no PDF" in text.json()["message"]) == (404, True)
    other = client.get(route, params=asked(index) | {"revision": "0"} | ROUTES[route])
    assert other.status_code == 409
    for headers, status in (
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ):
        reply = client.get(route, params=asked(index) | ROUTES[route], headers=headers)
        assert reply.status_code == status


@pytest.mark.parametrize(
    ("route", "more", "status"),
    [
        ("/page/sheet.png", {"page": 5, "width": 600}, 404),
        ("/page/sheet.png", {"page": 0, "width": 600}, 422),
        ("/page/sheet.png", {"page": 1, "width": 601}, 422),
        ("/page/boxes", {"spans": "9-3"}, 422),
        ("/page/boxes", {"spans": "x"}, 422),
        ("/page/boxes", {"spans": ",".join(["1-2"] * 101)}, 422),
    ],
)
def test_bounds_are_kept(
    client: httpx.Client, index: Index, route: str, more: dict[str, str | int], status: int
) -> None:
    """Pages that there are, widths that are made, spans that are some."""
    assert client.get(route, params=asked(index) | more).status_code == status


@pytest.mark.parametrize("route", ROUTES)
def test_a_file_that_has_changed_or_gone_is_not_shown(
    client: httpx.Client, index: Index, route: str
) -> None:
    """The text is still that of the index, but the pages would be others."""
    file: Path = index.corpus / "report.pdf"
    content = file.read_bytes()
    try:
        for change in (lambda: file.write_bytes(content + b"\n% more"), file.unlink):
            change()
            reply = client.get(route, params=asked(index) | ROUTES[route])
            assert reply.status_code == 409
            assert "has changed, or is gone, since it was indexed" in reply.json()["message"]
    finally:
        file.write_bytes(content)
    assert client.get(route, params=asked(index) | ROUTES[route]).status_code == 200
