"""What of a web page is not its text: scripts, hidden parts, navigation, banners, footers.

What surely is no text goes. What only looks like furniture, by its element, role or class name,
goes as long as all of it together holds less than half of the letters outside links: an article
in a box named `sidebar` is kept, for a menu too much does less harm than a paragraph too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


HEADINGS = frozenset(f"h{i}" for i in range(1, 7))
MAIN = frozenset({"main", "article"})
_TEXT = HEADINGS | {"p"}

_NEVER = set_of(
    "head script style template noscript canvas iframe object embed audio video map select"
    " option datalist input progress meter del s strike rp"
)
_ROLES = set_of("navigation banner contentinfo search menu menubar toolbar dialog alertdialog")
_NAMES = set_of(
    "footer cookie cookies consent gdpr newsletter subscribe advert advertisement ad ads sponsored"
    " promo popup modal noprint printfooter editsection headerlink permalink catlinks navbox linenos lineno"
    " linenumbers backlink"
)
_LINKING_NAMES = set_of(
    "nav navbar navigation menu breadcrumb breadcrumbs sidebar share sharing social related"
    " recommended recommendations skip skiplink pagination pager toc jump"
)
"""Names of what is furniture where most of it is links."""
_BESIDE_NAMES = set_of(
    "mw main site page top left right primary secondary global bar banner notice links buttons box"
    " wrapper container form signup overlay mobile header"
)
"""What an id may hold besides such a name: `cookie-banner` is furniture, `social-security` not."""
_OPENED_NAMES = set_of("accordion collapse collapsible panel tab tabpanel answer faq")
_NOTES = set_of("footnote footnotes endnote endnotes note rearnote doc-footnote")
MATHS = frozenset({"emoji", "latex", "math", "mwe", "tex"})
"""Names of images that stand for characters or formulas."""
_REFERENCES = frozenset({"noteref", "doc-noteref", "doc-backlink"})
_OPENS = ("aria-controls", "data-target", "data-bs-target", "href")
_EPUB_TYPES = ("epub:type", "{http://www.idpf.org/2007/ops}type")
_INVISIBLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_PERMALINKS = set_of("¶ # § 🔗 ^ ↑ ↩ ↩︎")
_FEWEST_LINKS = 3
MOSTLY = 0.8
"""The part of a menu's letters that is links."""
_MOST_LOST = 0.5


@dataclass(slots=True)
class _Content:
    """What an element holds: letters, those of them in links, links, and what it can't be
    furniture with."""

    letters: int = 0
    linked: int = 0
    links: int = 0
    has_title: bool = False
    has_text: bool = False

    @property
    def is_menu(self) -> bool:
        return self.links >= _FEWEST_LINKS and self.linked > MOSTLY * self.letters


def prune(root: Element) -> None:
    """Empty every part of the tree that isn't the page's text; tails stay where they are."""
    opened = {(el.get(name) or "").lstrip("#") for el in root.iter() for name in _OPENS} - {""}
    for el in [el for el in root.iter() if _is_never(el, opened)]:
        el.clear(keep_tail=True)
    contents = _contents(root)
    sizes = {el: contents[el].letters - contents[el].linked for el in _furniture(root, contents)}
    left = _MOST_LOST * (contents[root].letters - contents[root].linked)
    for el, size in sorted(sizes.items(), key=lambda sized: sized[1]):
        left -= size
        if left < 0:
            break
        el.clear(keep_tail=True)


def is_menu(el: Element) -> bool:
    """Whether an element is nothing but links."""
    return _contents(el)[el].is_menu


def _contents(root: Element) -> dict[Element, _Content]:
    """What each element holds, found in one walk, however deeply they are nested."""
    from lxml import etree

    found: dict[Element, _Content] = {}
    open_links = 0
    for event, el in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            open_links += el.tag == "a"
            own = found[el] = _Content(links=el.tag == "a")
            own.has_title, own.has_text = el.tag == "h1", el.tag in _TEXT
            _count(own, el.text, open_links)
            continue
        open_links -= el.tag == "a"
        if el is not root and (above := found[el.getparent()]) is not None:
            inner = found[el]
            above.letters += inner.letters
            above.linked += inner.linked
            above.links += inner.links
            above.has_title |= inner.has_title
            above.has_text |= inner.has_text
            _count(above, el.tail, open_links)
    return found


def _count(content: _Content, text: str | None, open_links: int) -> None:
    letters = letter_count(text or "")
    content.letters += letters
    content.linked += letters if open_links else 0


def letter_count(text: str) -> int:
    """The letters and digits of a text."""
    return sum(map(str.isalnum, text))


def names(el: Element) -> set[str]:
    """The words of an element's class names."""
    return {word.lower() for word in _WORD.findall(el.get("class", ""))}


def _is_never(el: Element, opened: set[str]) -> bool:
    if el.tag in _NEVER:
        return True
    if el.tag == "rt":  # a reading of characters; left open, it holds those that follow
        return not len(el)
    if el.tag == "dialog":
        return el.get("open") is None
    if el.tag == "button":
        return not _opens_a_text(el)
    if el.tag == "a":
        return "".join(el.itertext()).strip() in _PERMALINKS or bool(_types(el) & _REFERENCES)
    if el.tag == "sup":  # a link within the page, set small, points to a note
        links = any((a.get("href") or "").startswith("#") for a in el.iter("a"))
        return links or "reference" in names(el)
    if el.tag == "img" and names(el) & MATHS:  # hidden from those only who hear the formula
        return False
    named = names(el) | _types(el)
    return _is_hidden(el) and not (el.get("id", "") in opened or named & _OPENED_NAMES)


def _is_hidden(el: Element) -> bool:
    return (
        el.get("hidden") not in (None, "until-found")
        or el.get("aria-hidden") == "true"
        or _INVISIBLE.search(el.get("style") or "") is not None
    )


def _opens_a_text(button: Element) -> bool:
    """Whether what a button says belongs to the text that it opens, as a question does."""
    opens = button.get("aria-expanded") or any(button.get(name) for name in _OPENS)
    return bool(opens) or _is_inside(button, HEADINGS | {"summary", "dt"})


def _furniture(root: Element, contents: Mapping[Element, _Content]) -> Iterator[Element]:
    """The outermost elements that look like furniture."""
    from lxml import etree

    main = {el for el in contents if el.tag in MAIN or el.get("role") == "main"}
    around = {above for el in main for above in el.iterancestors()}
    walker = etree.iterwalk(root, events=("start", "end"))
    depth = 0
    for event, el in walker:
        if el in main:
            depth += 1 if event == "start" else -1
        elif event == "end" or el in around:
            continue
        elif _is_furniture(el, contents[el], depth > 0, bool(main)):
            yield el
            walker.skip_subtree()


def _is_furniture(el: Element, content: _Content, in_main: bool, has_main: bool) -> bool:
    if el.tag in HEADINGS | {"html", "body", "p"} or _types(el) & _NOTES:
        return False
    if el.tag == "nav" or el.get("role") in _ROLES:
        return True
    if el.tag == "footer":
        return not (in_main or _is_inside(el, frozenset({"blockquote"})))
    links = 2 * content.linked > content.letters
    if el.tag == "aside" and links:
        return True
    if has_main and not in_main and (el.tag == "aside" or content.is_menu):
        return True
    if content.has_title:
        return False
    named = names(el) | _names_of_id(el)
    return (
        bool(named & _NAMES)
        or (links and bool(named & _LINKING_NAMES))
        or (not content.has_text and _is_beside_title(el))
    )


def _is_beside_title(el: Element) -> bool:
    """Whether an element stands in the header of the page (not in that of an article), of which
    headings and paragraphs alone are text."""
    if _is_inside(el, _TEXT):
        return False
    header = next((above for above in el.iterancestors() if above.tag == "header"), None)
    return header is not None and not _is_inside(header, MAIN | {"section"})


def _names_of_id(el: Element) -> set[str]:
    found = {word.lower() for word in _WORD.findall(el.get("id", ""))}
    return found if found <= _NAMES | _LINKING_NAMES | _BESIDE_NAMES else set()


def _types(el: Element) -> set[str]:
    """What an element says it is, by role and by EPUB's own types."""
    said = (el.get(name) or "" for name in (*_EPUB_TYPES, "role"))
    return {word for value in said for word in value.split()}


def _is_inside(el: Element, tags: frozenset[str]) -> bool:
    return any(above.tag in tags for above in el.iterancestors())
