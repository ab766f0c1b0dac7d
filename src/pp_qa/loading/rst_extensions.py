"""Roles and directives that docutils doesn't know (Sphinx's, mostly), read for their text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes

_DIRECTIVE = re.compile(r"^[ \t]*\.\. ([a-zA-Z][\w:.+-]*)::(?:\s|$)", re.MULTILINE)
_ROLE = re.compile(r":([a-zA-Z][\w:.+-]*):`|`:([a-zA-Z][\w:.+-]*):")
_TITLED = re.compile(r"(.+?)\s*<[^<>]*>$", re.DOTALL)
_MACHINERY = re.compile(
    r"(?:\w+:)?(?:auto\w*|currentmodule|module|highlight|index|rst-class|tabularcolumns|toctree"
    r"|default-domain|program|testsetup|testcleanup)"
)
"""Directives whose content is for the program that makes the pages."""
_CODE = frozenset(["code", "code-block", "sourcecode"])
"""Directives that docutils knows, but not with all options that others give them."""
_VERSIONS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}


def accept(text: str) -> None:
    """Make docutils read each directive and role in `text` that it doesn't know."""
    from docutils.parsers.rst import directives, languages, roles
    from docutils.utils import new_document

    english = languages.get_language("en")
    document = new_document("", None)
    document.reporter.report_level = 5
    document.reporter.stream = None
    for name in {m.group(1).lower() for m in _DIRECTIVE.finditer(text)}:
        if name in _CODE or directives.directive(name, english, document)[0] is None:
            directives.register_directive(name, _directive())
    for name in {(m.group(1) or m.group(2)).lower() for m in _ROLE.finditer(text)}:
        if roles.role(name, english, 0, document.reporter)[0] is None:
            roles.register_local_role(name, _role)


class _AnyOptions(dict[str, Any]):
    """Options of any name, kept as they are written."""

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        from docutils.parsers.rst import directives

        return directives.unchanged


def _directive() -> type:
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class Unknown(Directive):  # type: ignore[misc]  # docutils has no types
        """What a directive is about, then its content."""

        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        option_spec = _AnyOptions()

        def run(self) -> list[nodes.Node]:
            if _MACHINERY.fullmatch(self.name):
                return []
            if self.name in _CODE:
                code = "\n".join(self.content)
                return [nodes.literal_block(code, code)]
            told = " ".join(" ".join(self.arguments).split())
            if self.name in _VERSIONS:
                version, _, change = told.partition(" ")
                told = f"{_VERSIONS[self.name]} {version}: {change}".rstrip(": ")
            found: list[nodes.Node] = []
            if told:
                parts, messages = self.state.inline_text(told, self.lineno)
                found = [nodes.paragraph(told, "", *parts), *messages]
            content = nodes.container()
            self.state.nested_parse(self.content, self.content_offset, content)
            return [*found, *content.children]

    return Unknown


def _role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """What a role shows: its title, or the last part of a name that begins with `~`."""
    from docutils import nodes, utils

    shown = utils.unescape(text)
    if titled := _TITLED.match(shown):
        shown = titled.group(1)
    elif shown.startswith("~"):
        shown = shown.rpartition(".")[2].lstrip("~")
    return [nodes.inline(rawtext, shown.lstrip("!"))], []
