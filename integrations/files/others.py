"""Files that are no tables: what each is, told by its bytes, and where it should go instead."""

import zipfile
import zlib
from pathlib import Path

from billing.errors import InvalidInput

HEAD_BYTES = 512
MEMBERS_MAX = 2_000

_IMAGES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\0",
    b"MM\0*",
    b"BM",
    b"\0\0\0\x18ftypheic",
    b"\0\0\0\x1cftypheic",
)
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_MAILS = (b"Received:", b"Return-Path:", b"From:", b"MIME-Version:", b"Delivered-To:")
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def refuse_other(path: Path) -> None:
    """Refuse what is neither a table nor anything that another reader may know.

    Raises:
        InvalidInput: `file_is_image`, `file_is_document`, `file_is_workbook`, `file_is_mail`, `file_is_archive`,
            `file_empty`: what it is, and where it goes.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as cause:
        raise InvalidInput("file_missing", file=path.name) from cause
    if code := _kind(path, head):
        raise InvalidInput(code, file=path.name)


def looks_like_text_of_tags(path: Path) -> bool:
    """Tell whether a file begins as XML does, in any encoding."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES).replace(b"\0", b"")
    return head.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n").startswith(b"<")


def _kind(path: Path, head: bytes) -> str:
    if not head:
        return "file_empty"
    if head.startswith(_IMAGES) or head[8:12] == b"WEBP":
        return "file_is_image"
    if head.startswith(_OLD_OFFICE):
        ending = path.suffix.lower()
        return (
            "file_is_mail"
            if ending == ".msg"
            else "file_is_document"
            if ending in {".doc", ".ppt"}
            else "file_is_workbook"
        )
    if head.startswith(b"{\\rtf"):
        return "file_is_document"
    if head.startswith(_ARCHIVES):
        return "file_is_archive"
    if head.startswith(_MAILS) or path.suffix.lower() == ".eml":
        return "file_is_mail"
    return _zip_kind(path) if head.startswith(_ZIP) else ""


def _zip_kind(path: Path) -> str:
    """Tell what a zip holds; one with an XML file may hold bank statements, and is left to their reader."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:MEMBERS_MAX]
            kind = archive.read("mimetype")[:200] if "mimetype" in names[:1] else b""
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        return ""
    folders = {name.split("/")[0] for name in names}
    if "xl" in folders or b"spreadsheet" in kind:
        return "file_is_workbook"
    if folders & {"word", "ppt"} or b"opendocument" in kind:
        return "file_is_document"
    return "" if any(name.lower().endswith(".xml") for name in names) else "file_is_archive"
