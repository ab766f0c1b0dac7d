"""Web pages: the text that a reader reads, with its structure, and nothing of what frames it."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import ODD
from test_assistant import make_assistant
from test_loading import check_structure, headings, kinds, leads, load, load_or_refuse

from pp_qa.loading.html import parse_html
from pp_qa.types import Document

NEWS = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Bridge reopens - The Post</title>
<script>track("everything")</script><style>p { color: red }</style></head><body>
<div id="cookie-banner" role="dialog"><p>We use cookies.</p><button>Accept all</button></div>
<header class="site"><a href="/">The Post</a><nav><a href="/w">World</a> <a href="/b">Business</a>
</nav><form role="search"><input name="q"><button>Search</button></form></header>
<main><article><header><h1>Bridge reopens</h1><p>By Anna Berg | 12 March 2025</p></header>
<figure><img src="a.jpg" alt="Cars crossing the new bridge"><figcaption>The first cars.</figcaption>
</figure><p>The bridge <a href="/x">reopened on
Tuesday</a> after repairs that cost 41&nbsp;million euros.</p><div class="ad"><p>Buy one!</p></div>
<h2>For drivers</h2><p>Nothing is free. Three lines use the bridge:</p>
<ul><li>Bus 4 to the airport</li><li><p>Bus 9</p><ul><li>at night</li></ul></li><li>Tram 2</li></ul>
<blockquote><p>We counted 31,000 cars.</p></blockquote>
<p>Read more: <a href="/y">Why bridges rust</a></p></article>
<aside><h3>Related</h3><a href="/1">Tunnel fire drill planned</a></aside></main>
<footer><p>© 2025 The Post. All rights reserved.</p></footer></body></html>"""


def text(markup: str) -> str:
    return parse_html(markup).text


def page(markup: str) -> Document:
    return load(markup.encode(), "a.html")


def test_an_article_without_its_frame() -> None:
    """The article's text is left, block by block; menus, banners and footers are not."""
    document = page(NEWS)
    assert document.title == "Bridge reopens"
    assert kinds(document) == [
        ("heading", "Bridge reopens"),
        ("prose", "By Anna Berg | 12 March 2025"),
        ("prose", "Cars crossing the new bridge"),
        ("prose", "The first cars."),
        (
            "prose",
            "The bridge reopened on Tuesday after repairs that cost 41 million euros.",
        ),
        ("heading", "For drivers"),
        ("prose", "Nothing is free."),
        ("lead", "Three lines use the bridge:"),
        ("item", "- Bus 4 to the airport"),
        ("item", "- Bus 9"),
        ("item", "- at night"),
        ("item", "- Tram 2"),
        ("prose", "We counted 31,000 cars."),
        ("navigation", "Read more: Why bridges rust"),
    ]
    assert {lead for _, lead in leads(document)} == {"Three lines use the bridge:"}
    assert headings(document) == [("Bridge reopens",), ("Bridge reopens", "For drivers")]
    assert document.text.endswith(
        "Three lines use the bridge:\n\n- Bus 4 to the airport\n- Bus 9\n  - at night\n- Tram 2\n\n"
        "We counted 31,000 cars.\n\nRead more: Why bridges rust"
    )
    check_structure(document)


TABLES = {
    "header": (
        "<table><caption>Capitals</caption><thead><tr><th>Country</th><th>Capital</th></tr></thead>"
        "<tr><td>France</td><td>Paris</td></tr><tr><td>Peru</td><td></td></tr></table>",
        "Capitals\n\nCountry: France; Capital: Paris\nCountry: Peru",
    ),
    "facts": (
        "<table><tr><th colspan=2>Lake Orta</th></tr><tr><th>Depth</th><td>143 m</td></tr>"
        "<tr><th>Area</th><td>18 km<sup>2</sup></td></tr></table>",
        "Lake Orta\nDepth: 143 m\nArea: 18 km²",
    ),
    "two cells": (
        "<table><tr><td>Monday</td><td>9–17</td></tr><tr><td>Sunday:</td><td>closed</td></tr></table>",
        "Monday: 9–17\nSunday: closed",
    ),
    "spans": (
        "<table><tr><th rowspan=2>Year</th><th colspan=2>Sales</th></tr><tr><th>EU</th><th>US</th></tr>"
        "<tr><td rowspan=2>2024</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>",
        "Year: 2024; Sales EU: 1; Sales US: 2\nYear: 2024; Sales EU: 3; Sales US: 4",
    ),
    "groups": (
        "<table><tr><th>City</th><th>People</th></tr><tr><td colspan=2>Austria</td></tr>"
        "<tr><td>Graz</td><td>300,000</td></tr></table>",
        "Austria\nCity: Graz; People: 300,000",
    ),
    "bold header": (
        "<table><tr><td><b>City</b></td><td><p><strong>Land</strong></p></td><td><b>In</b></td></tr>"
        "<tr><td>Graz</td><td>Styria</td><td>Austria</td></tr></table>",
        "City: Graz; Land: Styria; In: Austria",
    ),
    "words over numbers": (
        "<table><tr><td>City</td><td>People</td><td>km²</td></tr>"
        "<tr><td>Graz</td><td>300,000</td><td>127</td></tr></table>",
        "City: Graz; People: 300,000; km²: 127",
    ),
    "no header": (
        "<table><tr><td>Graz</td><td>Styria</td><td>Austria</td></tr>"
        "<tr><td>Linz</td><td>Upper Austria</td><td>Austria</td></tr></table>",
        "Graz; Styria; Austria\nLinz; Upper Austria; Austria",
    ),
    "name of nothing": (
        "<table><tr><th>Notes</th><td></td></tr><tr><th>Fee</th><td>£5</td></tr></table>",
        "Notes\nFee: £5",
    ),
    "header alone": ("<table><tr><th>City</th><th>People</th></tr></table>", "City; People"),
    "layout": (
        "<table role=presentation><tr><td><p>One.</p><p>Two.</p></td><td>Three.</td></tr></table>",
        "One.\n\nTwo.\n\nThree.",
    ),
    "sentences beside each other": (
        "<table><tr><td>We met. It was late.</td><td><p>He left.</p></td></tr></table>",
        "We met. It was late.\n\nHe left.",
    ),
    "made of boxes": (
        "<div role=table><div role=rowgroup><div role=row><b role=columnheader>City</b>"
        "<b role=columnheader>People</b></div></div><div role=row><span role=cell>Graz</span>"
        "<span role=cell>300,000</span></div></div>",
        "City: Graz; People: 300,000",
    ),
    "nested": ("<table><tr><td>A<table><tr><td>b</td><td>c</td></tr></table></table>", "A\n\nb: c"),
}


@pytest.mark.parametrize(("markup", "expected"), TABLES.values(), ids=TABLES)
def test_rows_carry_their_header(markup: str, expected: str) -> None:
    """Each row is one line that can be quoted alone; what only lays out a page is no table."""
    assert text(markup) == expected


INLINE = {
    "breaks": ("<p>One<br>two<br><br>three", "One\ntwo\n\nthree"),
    "adjacent": (
        "<p><b>Bold</b><i>er</i> <span>and</span>\n<span>so on</span>",
        "Bolder and so on",
    ),
    "exponents": ("<p>1.3×10<sup>9</sup> m<sup>3</sup>, the 1<sup>st</sup>", "1.3×10⁹ m³, the 1st"),
    "notes": ("<p>True.<sup><a href='#n1'>[1]</a></sup> Yes.", "True. Yes."),
    "struck out": ("<p>It costs <del>50</del> 40 euros.", "It costs 40 euros."),
    "quotation": ("<p>She said <q>no</q>.", "She said “no”."),
    "formula": ("<p>So <math alttext='a^2'><mi>a</mi></math> holds.", "So a^2 holds."),
    "fraction": (
        "<p>So <math><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>=</mo><msqrt><mfrac><mi>a</mi><mrow>"
        "<mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac></msqrt></math> holds.",
        "So 1/2=√(a/(b+1)) holds.",
    ),
    "power": (
        "<p><math><msup><mi>x</mi><mn>2</mn></msup><msup><mi>y</mi><mi>n</mi></msup></math> is.",
        "x²y^n is.",
    ),
    "a wiki's formula": (
        "<p>So <span style='display: none'><math alttext='x'><mi>x</mi></math></span><img aria-hidden"
        "=true class=mwe-math-fallback-image-inline alt='{\\displaystyle A=\\pi r^{2}}'>.",
        "So A=\\pi r^{2}.",
    ),
    "a wiki's page of a source": (
        "<p>It is so.<sup class=reference>: 45</sup> Yes.",
        "It is so. Yes.",
    ),
    "icon": ("<p><img src=x alt=logo> Hello", "Hello"),
    "emoji": ("<p>Good <img class=emoji alt=👍> work", "Good 👍 work"),
    "entities": ("<p>Fish &amp; chips &mdash; 5&#8364; &bogus;", "Fish & chips — 5€ &bogus;"),
    "soft hyphens": ("<p>Donau&shy;dampf&shy;schiff", "Donaudampfschiff"),
    "an open dialog": ("<dialog open>Seen.</dialog><dialog>Unseen.</dialog>", "Seen."),
    "a field": ("<p>Copy:<textarea>a\n  b</textarea>", "Copy:\n\na\n  b"),
    "a drawing": (
        "<p>See <svg><title>t</title><path/></svg> it:<svg><desc>d</desc><g><text>Fast"
        "<tspan>lane</tspan></text><foreignObject><p>Exit</p></foreignObject></g></svg>",
        "See it:\n\nFast lane; Exit",
    ),
    "not shown": ("<p>On.<noscript>Off.</noscript><select><option>One</select>", "On."),
    "an open title": ("<title>Name<body><p>Text.", "Text."),
    "code": ("<p>Run:<pre>a:\n    <b>b</b><br>    c\n</pre>", "Run:\n\na:\n    b\n    c"),
    "letters": ("<ol type=a><li>x<li value=4>y<li>z</ol>", "a. x\nd. y\ne. z"),
    "roman": ("<ol type=I start=3><li>x<li>y</ol>", "III. x\nIV. y"),
    "no list": ("<li>alone", "- alone"),
    "terms": ("<dl><dt>Net<dd>Without tax.<dd>Or clean.</dl>", "Net\nWithout tax.\nOr clean."),
    "only text": ("no markup at all", "no markup at all"),
    "nothing": ("<html><body><script>render()</script><div id=root></div>", ""),
    "self-closed": (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
        '<body><a id="p1"/>One<br/><script src="x"/>two</body></html>',
        "One\ntwo",
    ),
}


@pytest.mark.parametrize(("markup", "expected"), INLINE.values(), ids=INLINE)
def test_text_is_what_a_reader_sees(markup: str, expected: str) -> None:
    """White space, marks, numbers and formulas come out as a browser shows them."""
    assert text(markup) == expected


QUESTIONS = """<h1>Help</h1>
<h3><button aria-expanded="false" aria-controls="a1">How long does delivery take?</button></h3>
<div id="a1" hidden><p>Two to four working days.</p></div>
<div class="accordion"><button class="x" aria-expanded="false">Can I return an item?</button>
<div class="answer" style="display: none">Yes, within 30 days.</div></div>
<details><summary>Which cards do you take?</summary><p>Visa and Mastercard.</p></details>
<dl><dt>Is there a shop?</dt><dd>Yes, in Graz.</dd></dl>
<a href="#"></a><div style="display:none">Secret.</div><span hidden>Hidden.</span><button>Buy now</button>"""


def test_a_definition_is_of_all_terms_over_it() -> None:
    """Terms without one stay apart."""
    named = page("<dl><dt>Deposit</dt><dt>Bond</dt><dd>Money held.</dd></dl>")
    assert leads(named) == [("Money held.", "Deposit\nBond")]
    assert kinds(page("<dl><dt>Rent</dt><dt>Fee</dt></dl>")) == [("lead", "Rent"), ("lead", "Fee")]


def test_what_a_reader_can_open_is_kept() -> None:
    """Answers that are hidden until their question is opened are text; other hidden parts and
    buttons are not."""
    document = page(QUESTIONS)
    assert document.text == (
        "Help\n\nHow long does delivery take?\n\nTwo to four working days.\n\n"
        "Can I return an item?\n\nYes, within 30 days.\n\nWhich cards do you take?\n\n"
        "Visa and Mastercard.\n\nIs there a shop?\nYes, in Graz."
    )
    assert leads(document) == [
        ("Yes, within 30 days.", "Can I return an item?"),
        ("Visa and Mastercard.", "Which cards do you take?"),
        ("Yes, in Graz.", "Is there a shop?"),
    ]


def test_a_question_over_its_answer_in_one_paragraph_leads_it() -> None:
    """Also where only a line break stands between them."""
    document = page("<p><b>Who pays?</b><br>You do.</p><p>Is it far?<br>No,<br>it is near.</p>")
    assert leads(document) == [("You do.", "Who pays?"), ("No,\nit is near.", "Is it far?")]


def test_furniture_that_holds_the_text_is_kept() -> None:
    """A page in boxes with misleading names is kept, for a menu too much does less harm than
    the text too few."""
    told = "<p>" + "All of the story stands here, in a box that is called otherwise. " * 5
    assert "All of the story" in text(f"<div class=sidebar><h2>Story</h2>{told}</div><p>Short.</p>")
    assert "All of the story" in text(f"<div class=promo>{told}</div><p>Short.</p>")
    assert "All of the story" in text(f"<body class='cookie-policy'>{told}")
    assert "Care" in text("<section id=social-security><h2>Care</h2><p>Text.</p></section>")


def test_a_menu_of_plain_boxes_is_never_quoted() -> None:
    """Lists and lines of nothing but links are marked as navigation; beside a main part they go."""
    menu = "".join(f"<li><a href={i}>Part {i} of all</a>" for i in range(4))
    line = "<div><a href=1>Start</a> | <a href=2>Archive</a> | <a href=3>Contact</a></div>"
    document = page(f"<ul>{menu}</ul>{line}<p>Hello there.</p>")
    assert [kind for kind, _ in kinds(document)] == ["navigation"] * 5 + ["prose"]
    assert text(f"<div><ul>{menu}</ul></div>{line}<main><p>Hello there.</main>") == "Hello there."
    assert "Part 2" in text(f"<main><h1>Guides</h1><ul>{menu}</ul></main>")


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title>Bridge - The Post</title><h1>Bridge</h1>", "Bridge"),
        ("<title>Bridge - The Post</title><h1>The Post</h1><h1>Bridge</h1>", "Bridge"),
        ("<title>Help | Shop</title><h1>One</h1><h1>Two</h1>", "Help | Shop"),
        ("<title>Help</title><p>Text.", "Help"),
        ("<h2>Second level</h2>", "Second level"),
        ("<p>Text.", "A"),
    ],
)
def test_a_page_is_called_what_it_calls_itself(markup: str, title: str) -> None:
    """By its chief heading, its title, or its file's name."""
    assert page(markup).title == title


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>Grüße, “Müller” 5 €".encode("cp1252"), "Grüße, “Müller” 5 €"),
        ("<meta charset=iso-8859-1><p>Grüße „Müller“".encode("cp1252"), "Grüße „Müller“"),
        ("<meta charset=iso-8859-1><p>Grüße".encode(), "Grüße"),
        ("<meta charset=shift_jis><p>日本語の文です".encode("cp932"), "日本語の文です"),
        ("<meta charset='iso-2022-jp'><p>日本語".encode("iso2022_jp"), "日本語"),
        ("<?xml version='1.0' encoding='koi8-r'?><p>Привет".encode("koi8-r"), "Привет"),
        ("<meta charset=utf-8><p>Grüße".encode("utf-16"), "Grüße"),
        (b"<meta charset=unicode_escape><p>a\\u0062", "a\\u0062"),
        (b"<meta charset=zlib><p>plain", "plain"),
    ],
)
def test_the_encoding_is_found(content: bytes, expected: str) -> None:
    """A mark goes before UTF-8, that before what the page declares, and all before a guess."""
    assert load(content, "a.htm").text == expected


HARD = {
    "deep boxes": "<p>start</p>" + "<div>" * 50_000 + "x" + "</div>" * 50_000 + "<p>end</p>",
    "deep boldness": "<b>start " * 20_000 + "<p>end</p>",
    "deep lists": "start" + "<ul><li>x" * 5_000 + "<p>end</p>",
    "deep boxes of links": "start" + "<div class=sidebar>t<a>l</a>" * 1_500 + "end",
    "wide cells": "start<table>" + "<tr><td rowspan=65534 colspan=9999>x" * 300 + "</table>end",
    "brackets": "start" + "< " * 100_000 + "end",
    "ampersands": "start" + "&" * 100_000 + "end",
    "classes": "start<p class='" + "menu " * 50_000 + "'>end",
    "open comments": "start" + "<!-- -->" * 20_000 + "end",
}


@pytest.mark.parametrize("markup", HARD.values(), ids=HARD)
def test_monstrous_markup_is_read_to_its_end(markup: str) -> None:
    """However deep, wide or broken it is, nothing hangs and nothing is cut off."""
    document = page(markup)
    assert document.text.startswith("start")
    assert document.text.endswith("end")
    check_structure(document)


TAGS = [
    *("<p>", "</p>", "<div class=sidebar>", "</div>", "<h1>", "</h1>", "<h3>T", "<ul><li>", "<li>"),
    *("</ul>", "<ol type=i start=9>", "<table><tr><th>H<th>I<tr><td>1<td>2", "</table>", "<td>"),
    *("<nav>menu</nav>", "<a href=#x>link</a>", "<dl><dt>Q?<dd>A.", "<br>", "<pre> a\n  b</pre>"),
    *("<script>", "</script>", "<!--", "-->", "<details><summary>Why?", "<sup>2</sup>", "<q>"),
    *("<main>", "</main>", "<header>", "</header>", "<footer>", "<img alt='a b c d'>", "<math>"),
    *("<svg/>", "&nbsp;", "&#0;", "</", "<", "<html xmlns=x>", "<title>", "</title>", "<aside>"),
]


@given(st.lists(st.one_of(st.sampled_from(TAGS), st.sampled_from(ODD))).map("".join))
@example("<p>" * 12 + "<nav>menu</nav><a href=#x>link</a><a href=#x>link</a><math>\x01\x1b[0m")
def test_any_markup_gets_a_sound_structure(markup: str) -> None:
    """Whatever the elements, blocks lie apart and in order, and the sections tile the text."""
    if document := load_or_refuse(markup.encode(), "a.html"):
        check_structure(document)


def test_a_small_table_in_a_cell_leaves_the_rows_around_it_whole() -> None:
    """As in the boxes of wikis; one that holds most of the text is laid out by the outer one."""
    inner = "<table><tr><th>Men</th><td>5</td></tr></table>"
    rows = f"<tr><th>Country<td>Italy<tr><th>Mayor<td>Ann Lee<tr><th>Staff<td>{inner}"
    assert load(f"<table>{rows}</table>".encode(), "a.html").text == (
        "Country: Italy\nMayor: Ann Lee\nStaff: Men 5"
    )
    assert load(f"<table><tr><th>A<td>{inner}</table>".encode(), "a.html").text == "A\n\nMen: 5"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p><label><input type=radio>Yes</label><label><input type=radio>No</label>", "Yes No"),
        (
            '<ol><li><span class="mw-cite-backlink">^ <a href=#a>a</a> <a href=#b>b</a></span>'
            " <span>Smith (2000) says so at length.</span></ol>",
            "1. Smith (2000) says so at length.",
        ),
    ],
)
def test_what_stands_beside_text_is_none(markup: str, text: str) -> None:
    """Buttons between labels keep them apart; the way back from a note is no part of it."""
    assert load(markup.encode(), "a.html").text == text


def test_a_list_may_count_down() -> None:
    """From how many items it has, or from where it starts."""
    items = "<li>third</li><li>second</li><li>best</li>"
    found = load(f"<ol reversed>{items}</ol><ol reversed start=5>{items}</ol>".encode(), "a.html")
    numbers = [line.split(".")[0] for line in found.text.split("\n") if line]
    assert numbers == ["3", "2", "1", "5", "4", "3"]


def test_a_tab_that_is_not_shown_yet_is_read() -> None:
    """It says what it is by its role, and a reader can open it."""
    tabs = "<div role=tabpanel>For England.</div><div role=tabpanel hidden>For Wales.</div>"
    assert "For Wales." in load(f"<main>{tabs}<p hidden>Not me.</p></main>".encode(), "a.html").text


def test_readings_do_not_stand_between_characters() -> None:
    """They are left out, as in Word and Excel; what an open one seems to hold is not."""
    body = "<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>です。</p>"
    assert load(body.encode(), "a.html").text == "漢字です。"
    assert "字" in load("<p><ruby>漢<rt>かん<rb>字<rt>じ</ruby></p>".encode(), "a.html").text


def test_a_page_is_asked_through_the_pipeline() -> None:
    """A question about a saved page is answered with the sentence that it shows."""
    asked = "When was the bridge reopened after repairs that cost 41 million euros?"
    reply = make_assistant(page(NEWS)).ask(asked)
    assert reply.answered
    citation = reply.citations[0]
    assert citation.quote.text == (
        "The bridge reopened on Tuesday after repairs that cost 41 million euros."
    )
    assert citation.heading_path == ("Bridge reopens",)


def test_damaged_pages_raise_nothing_but_load_errors() -> None:
    """Cut, mutated and random bytes are read as far as they go, or refused."""
    drawn, content = random.Random(7), NEWS.encode()
    cases = [drawn.randbytes(400) for _ in range(10)]
    for _ in range(60):
        damaged = bytearray(content[: drawn.randrange(len(content))])
        for _ in range(min(len(damaged), drawn.randint(1, 40))):
            damaged[drawn.randrange(len(damaged))] = drawn.randrange(256)
        cases.append(bytes(damaged))
    for case in cases:
        if document := load_or_refuse(case, "a.html"):
            check_structure(document)
