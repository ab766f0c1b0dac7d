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


def symbol(font: str, code: str) -> str:
    """The character at a place of a font, in hexadecimal; "" for one that isn't known."""
    place = int(code or "0", 16)
    if place & 0xF000 != 0xF000:  # not in the area for private use: it is what it says
        return chr(place) if font not in _FONTS and place else _FONTS.get(font, {}).get(place, "")
    return _FONTS.get(font, {}).get(place & 0xFF, "")
