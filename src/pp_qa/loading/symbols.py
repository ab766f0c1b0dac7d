"""Signs that Word inserts from fonts of symbols, by their places there."""

from __future__ import annotations

_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_SMALL_GREEK = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
_SIGNS = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…"
_FONTS = {
    "Symbol": {
        **dict(enumerate(_GREEK, ord("A"))),
        **dict(enumerate(_SMALL_GREEK, ord("a"))),
        **dict(enumerate(_SIGNS, 0xA0)),
        **{code: chr(code) for code in b"!#%&()+,./0123456789:;<=>?[]_{|}"},
        **{ord("-"): "−", ord("*"): "∗", 0xD5: "∏", 0xD6: "√", 0xE5: "∑", 0xF2: "∫"},
    },
    "Wingdings": {
        **{0x6F: "☐", 0xA8: "☐", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑"},
        **{0xDF: "←", 0xE0: "→", 0xE8: "→", 0xA7: "▪", 0x6C: "●"},
    },
}
_PRIVATE = range(0xE000, 0xF900)


def symbol(font: str, code: str) -> str:
    """The character at a place of a font, in hexadecimal; "" for one that isn't known."""
    place = int(code or "0", 16)
    if (signs := _FONTS.get(font)) is not None:
        return signs.get(place & 0xFF, "")
    return "" if place in _PRIVATE else chr(place)
