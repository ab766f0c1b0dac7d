"""The API's documentation as a page of its own: the usual viewers load scripts from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#8881;padding:.75rem;overflow-x:auto;border-radius:.4rem}"
    "code{font-family:ui-monospace,monospace}:root{color-scheme:light dark}"
)


def documentation(schema: Mapping[str, Any]) -> str:
    """HTML that shows each endpoint with its fields, from an OpenAPI schema."""
    info = schema["info"]
    endpoints = "".join(
        _endpoint(path, method, facts, schema)
        for path, methods in schema["paths"].items()
        for method, facts in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])} API'
        f'</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(info['title'])} API</h1><p>{escape(info['description'])}</p>"
        '<p>The schema: <a href="openapi.json">openapi.json</a></p>'
        f"{endpoints}</html>"
    )


def _endpoint(path: str, method: str, facts: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    parts = [
        f"<h2><code>{method.upper()} /api{escape(path)}</code> {escape(facts['summary'])}</h2>",
        f"<p>{escape(facts.get('description', ''))}</p>",
    ]
    if "requestBody" in facts:
        body = facts["requestBody"]["content"]["application/json"]["schema"]
        parts.append(f"<p>Send:</p><pre><code>{_example(body, schema)}</code></pre>")
    reply = facts["responses"]["200"]["content"]["application/json"]["schema"]
    parts.append(f"<p>Get:</p><pre><code>{_example(reply, schema)}</code></pre>")
    return "".join(parts)


def _example(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    return escape(json.dumps(_shown(part, schema), indent=2, ensure_ascii=False), quote=False)


def _shown(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """A value in the form of a schema, the names of types in place of values."""
    if "$ref" in part:
        return _shown(schema["components"]["schemas"][part["$ref"].rpartition("/")[2]], schema)
    if "properties" in part:
        return {name: _shown(value, schema) for name, value in part["properties"].items()}
    if part.get("type") == "array":
        items = part.get("prefixItems") or [part["items"]]
        return [_shown(item, schema) for item in items]
    return " | ".join(_kinds(part, schema))


def _kinds(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    if "enum" in part:
        yield from (json.dumps(value) for value in part["enum"])
    elif "anyOf" in part:
        for option in part["anyOf"]:
            shown = _shown(option, schema)
            yield shown if isinstance(shown, str) else json.dumps(shown)
    else:
        yield part.get("type", "any")
