"""Documents, names and pastes that mean harm, in a real browser: all of it is text."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import hostile
import pytest
from chatting import SIZES, ChatPage, House, free_port
from playwright.sync_api import Page, expect

from pp_qa.interfaces.web.server import listen, make_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def cave(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A page over the hostile folder."""
    house = House(hostile.build(tmp_path_factory.mktemp("hostile")))
    house.index()
    with listen("127.0.0.1", free_port()) as listening:
        house.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server = make_server(house.assistant, "127.0.0.1", notice=hostile.MARKUP)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield house
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture
def victim(blank: Page, cave: House) -> Iterator[ChatPage]:
    """The page as its user opens it; afterwards nothing of the documents may have run, nor have
    changed what the page is made of."""
    blank.goto(cave.url)
    expect(blank.get_by_role("heading", name="Ask your documents")).to_be_visible()
    yield ChatPage(blank)
    assert blank.evaluate("window.hacked") is None
    form = "form:not(#check-form form)"
    for made in ("iframe", "object", "embed", "base", form, "[onerror]", "[onload]", "[onclick]"):
        assert blank.locator(f"#page {made}").count() == 0, made
    assert blank.locator('#page :is(a, img)[href^="javascript"], #page [src*="evil"]').count() == 0
    assert blank.url.startswith(cave.url)


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_every_hostile_document_is_quoted_as_text(victim: ChatPage, cave: House) -> None:
    """Markup, templates, Markdown, orders, escapes, turned and unseen characters, formulas and
    file names: each is quoted word for word, and its document opens at the quote."""
    for name, question in hostile.QUESTIONS.items():
        reply = cave.assistant.ask(question)
        assert reply.answered
        quote = reply.citations[0].quote
        assert quote.doc_id == name
        victim.start_anew()
        turn = victim.ask(question)
        shown = turn.locator("blockquote").first.evaluate("e => e.textContent")
        assert shown == unseen_left_out(quote.text)
        expect(victim.mark.first).to_be_attached()
        expect(victim.source.locator(".address code")).to_contain_text(f":{quote.span.start}-")


def unseen_left_out(text: str) -> str:
    """What is copied of a text in which the page draws unseen characters by their codes."""
    controls = [*range(9), *range(11, 32), *range(127, 160)]
    turns = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    return text.translate(dict.fromkeys([*controls, *turns]))


def test_an_order_in_a_document_is_not_carried_out(victim: ChatPage) -> None:
    """A document tells the reader's machine to answer otherwise: what is shown is its text."""
    turn = victim.ask(hostile.QUESTIONS["orders.txt"])
    expect(turn.locator("blockquote").first).to_contain_text("Ignore all previous instructions")
    later = victim.ask(hostile.QUESTIONS["formula.txt"])
    expect(later.locator("blockquote").first).to_contain_text("=HYPERLINK(")


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_names_of_files_are_text_wherever_they_stand(victim: ChatPage) -> None:
    """In the list of documents, under what was not read, in the names offered for `@`, in the
    chats and in a check."""
    page = victim.page
    victim.ask(hostile.MARKUP[:200])
    page.get_by_role("tab", name="Documents").click()
    library = page.locator("#library")
    expect(library).to_contain_text("<img src=x onerror=window.hacked=7>.txt")
    page.get_by_role("tab", name="Chats").click()
    expect(page.locator("#tab-chats")).to_contain_text("<script>")
    page.get_by_role("tab", name="Check a quote").click()
    page.get_by_label("A quotation, or a whole answer that quotes").fill(
        f"“The caracal does sleep here”, “{hostile.MARKUP}” and “{hostile.TEMPLATES}”"
    )
    page.get_by_label("Said to be from (optional)").fill("<img")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#checks .tally")).to_be_visible()
    expect(page.locator("#checks")).to_contain_text("<script>window.hacked=1</script>")
    victim.to_conversation()
    box = page.get_by_label("Your question")
    box.fill("")
    box.press_sequentially("@<im")
    page.wait_for_timeout(500)


def test_a_document_without_line_ends_does_not_widen_the_page(victim: ChatPage) -> None:
    victim.ask("supercalifragilistic endless words without a line end")
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert victim.page.evaluate(width) == 0


LOAD = """([way, url]) => {
    const put = (name, made) => document.body.append(Object.assign(document.createElement(name), made));
    const ways = {
        fetch: () => fetch(url, { mode: "no-cors" }).catch(() => {}),
        beacon: () => navigator.sendBeacon(url),
        script: () => put("script", { src: url }),
        frame: () => put("iframe", { src: url }),
        image: () => put("img", { src: url }),
        style: () => put("link", { rel: "stylesheet", href: url }),
    };
    return new Promise((done) => {
        const told = (event) => done(event.effectiveDirective);
        document.addEventListener("securitypolicyviolation", told, { once: true });
        ways[way]();
        setTimeout(done, 2000, "nothing");
    });
}"""


@contextmanager
def elsewhere(reached: list[str]) -> Iterator[str]:
    """Another site, which answers everybody and notes what it was asked."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reached.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()
        thread.join()


def test_the_policy_keeps_what_runs_in_the_page_from_every_other_site(
    lone: Page, house: House
) -> None:
    """Whatever got into the page could neither fetch, send, run nor show anything of another
    site; the same ways lead there from a page without the policy."""
    ways = {
        "fetch": "connect-src",
        "beacon": "connect-src",
        "script": "script-src-elem",
        "frame": "frame-src",
        "image": "img-src",
        "style": "style-src-elem",
    }
    reached: list[str] = []
    with elsewhere(reached) as site:
        lone.goto(house.url)
        for way, directive in ways.items():
            assert lone.evaluate(LOAD, [way, site + way]) == directive, way
        assert reached == []
        lone.goto(site)
        for way in ways:
            assert lone.evaluate(LOAD, [way, site + way]) == "nothing"
        assert {f"/{way}" for way in ways} <= set(reached)
