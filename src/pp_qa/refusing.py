"""What a file that no format takes is, by its ending, and what its owner can do about it."""

from __future__ import annotations

from pathlib import PurePosixPath

from pp_qa import loading

_KINDS = {
    "is an archive; unpack it, and put in what is in it": (
        ".7z .ace .apk .arj .bz2 .cab .deb .dmg .gz .img .iso .lz .lz4 .lzma .rar .rpm .tar .tbz"
        " .tbz2 .tgz .txz .whl .xz .z .zip .zst"
    ),
    "is a program, or a part of one, and no document; leave it out": (
        ".a .app .bin .class .com .dll .dylib .exe .jar .lib .msi .o .obj .pyc .pyd .scr .so .sys"
        " .wasm"
    ),
    "is a picture, and text in pictures is not read; put in a text that says what it shows": (
        ".avif .bmp .eps .gif .heic .heif .ico .jpeg .jpg .png .ps .psd .svg .tif .tiff .webp"
    ),
    "is a recording, which is not read; put in what is said in it as text": (
        ".aac .aiff .avi .flac .m4a .m4v .mkv .mov .mp3 .mp4 .mpeg .mpg .ogg .opus .wav .webm .wma"
        " .wmv"
    ),
    "is in an office format that is not read; save it as .docx, .pptx or .xlsx": (
        ".doc .dot .key .numbers .odp .ods .odt .pages .pot .pps .ppt .rtf .sxw .wpd .wps .xls"
        " .xlsb .xlt"
    ),
    "is an e-book in a format that is not read; convert it to .epub": (
        ".azw .azw3 .djvu .fb2 .lit .mobi"
    ),
    "is mail in a format that is not read; save each message as .eml": ".mbox .msg .ost .pst",
    "is a database, which is not read; export what matters as .csv": (
        ".accdb .db .dbf .mdb .parquet .sqlite .sqlite3"
    ),
    "is encrypted; put it in as it was before": ".age .asc .enc .gpg .p7m .pgp",
}
_REASONS = {ending: reason for reason, endings in _KINDS.items() for ending in endings.split()}


def reason(name: str) -> str | None:
    """Why a file of this name isn't read; None when its ending is that of a format."""
    ending = PurePosixPath(name).suffix.lower()
    if ending in loading.loaders():
        return None
    return _REASONS.get(ending) or (
        f"has no format that can be read ({', '.join(loading.suffixes())});"
        " convert it, or leave it out"
    )
