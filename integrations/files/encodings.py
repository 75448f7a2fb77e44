"""In which encoding a text is written, line by line: files are glued together by people, and letters get lost.

Each line is read by its own encoding when that is certain: bytes that are valid UTF-8 with letters beyond ASCII
are UTF-8 and nothing else; what is not UTF-8 is the eight-bit encoding of the profile. A line in which letters
were spoilt before (UTF-8 once read as Windows-1252, replacement characters, another eight-bit page) is never
stored in silence: the row that it belongs to is set apart, the others are read.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from billing.errors import InvalidInput
from integrations.files.limits import CHUNK_BYTES, LINE_CHARACTERS_MAX, SHOWN_CHARACTERS

SPOILT_MIN = 10
"""Spoilt lines from which on, when they are also most of those with accents, the whole file is refused."""
NULS_MIN = 10
CUT_LEADS = frozenset(range(0xC2, 0xC4)) | {0xE2}
"""First bytes of the French letters, of typographic marks and of € in UTF-8."""

_WINDOWS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_SPOILT = re.compile(
    f"[ÂÃ][\u0080-\u00bf{_WINDOWS}]"  # é as Ã©, a non-breaking space as Â
    f"|â[\u0080-\u009f€][\u0080-\u00bf{_WINDOWS}]"  # an apostrophe or a dash as â€™
    "|\ufffd"
)
_OTHER_PAGE = re.compile("(?<=[A-Za-z])[‚ˆ‡](?=[a-z])|(?<=[a-z])[ŠŽ](?=[a-z])")
"""Letters of the old DOS and Macintosh pages, read as Windows-1252: `Ren‚e`."""


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How a text is read.

    Attributes:
        label: for people: `utf-8`, `utf-8-sig`, `cp1252`, `utf-8 + cp1252`, `utf-16`…
        wide: a codec of two bytes a letter for the whole text; empty = line by line.
        first, second: codecs tried on each line; the second one is empty when there is none.
    """

    label: str
    wide: str = ""
    first: str = "utf-8"
    second: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line.

    Attributes:
        text: as it is read; of a line without end, only quotes that keep the next lines apart.
        shown: what is kept for people: the text, or its beginning.
        code: why its row cannot be used, empty when it can.
        detail: what the sentence shows.
    """

    text: str
    shown: str
    code: str = ""
    detail: str = ""


def find_encoding(path: Path, candidates: Iterable[str]) -> TextEncoding:
    """Find the encoding of a text by reading it whole.

    Raises:
        InvalidInput: `file_encoding_unknown`, `file_encoding_spoilt`, `file_cut`, `file_has_nul`.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    if wide := _wide(start):
        _check_wide(path, wide)
        return TextEncoding(label=wide, wide=wide)
    names = tuple(candidates)
    marked = start.startswith(codecs.BOM_UTF8)
    first = "utf-8" if marked else names[0]
    second = next((name for name in names if name not in {"utf-8", first}), "") if first == "utf-8" else ""
    found = _Survey(path, TextEncoding(label=first, first=first, second=second), marked=marked)
    return found.encoding()


def _wide(start: bytes) -> str:
    """Tell UTF-16 by its mark, or by its nuls: every second byte of a Western text."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = start[0::2], start[1::2]
    if len(odd) > 3 and odd.count(0) > len(odd) // 2 and not even.count(0):  # noqa: PLR2004 - two letters are no text
        return "utf-16-le"
    if len(odd) > 3 and even.count(0) > len(even) // 2 and not odd.count(0):  # noqa: PLR2004
        return "utf-16-be"
    return ""


def _check_wide(path: Path, codec: str) -> None:
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as cause:
                raise InvalidInput("file_cut", file=path.name, line=line) from cause
            if not chunk:
                return


class _Survey:
    """What a first reading of all lines tells."""

    def __init__(self, path: Path, encoding: TextEncoding, *, marked: bool) -> None:
        self.path = path
        self.tried = encoding
        self.marked = marked
        self.lines = self.by_first = self.by_second = self.unread = self.spoilt = self.nuls = 0
        last = ""
        with _bytes_as_letters(path) as stream:
            while raw := stream.readline(LINE_CHARACTERS_MAX):
                self.lines += 1
                self._count(raw)
                last = raw
        self._refuse_cut(last)

    def _count(self, raw: str) -> None:
        if "\0" in raw:
            self.nuls += 1
        if raw.isascii():
            return
        data = raw.encode("latin-1")
        text = _decoded(data, self.tried.first)
        if text is not None:
            self.by_first += 1
        else:
            text = _decoded(data, self.tried.second)
            self.by_second += text is not None
            self.unread += text is None
        self.spoilt += text is not None and is_spoilt(text, by_second=self.tried.second != "") != ""

    def _refuse_cut(self, last: str) -> None:
        """A text in UTF-8 that ends inside a letter was cut."""
        data = last.encode("latin-1")
        if self.tried.first != "utf-8" or last.isascii() or last.endswith(("\n", "\r")):
            return
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as cause:
            if "unexpected end" not in cause.reason or cause.end < len(data):
                return
            if self.marked or self.by_first or data[cause.start] in CUT_LEADS:
                raise InvalidInput("file_cut", file=self.path.name, line=self.lines) from cause

    def encoding(self) -> TextEncoding:
        """Judge."""
        name, accents = self.path.name, self.by_first + self.by_second + self.unread
        if self.nuls >= NULS_MIN and self.nuls * 2 > self.lines:
            raise InvalidInput("file_has_nul", file=name, line=1)
        if self.unread * 2 > accents:
            raise InvalidInput("file_encoding_unknown", file=name)
        if self.spoilt >= SPOILT_MIN and self.spoilt * 2 > accents:
            raise InvalidInput("file_encoding_spoilt", file=name, lines=self.spoilt)
        label = self.tried.first
        if label == "utf-8" and self.by_second:
            mixed = self.marked or self.by_first
            label = f"utf-8 + {self.tried.second}" if mixed else self.tried.second
        elif label == "utf-8":
            label = "utf-8-sig"
        return TextEncoding(label=label, first=self.tried.first, second=self.tried.second)


def read_lines(path: Path, encoding: TextEncoding) -> Iterator[Line]:
    """Read a text line by line; memory is bounded by `LINE_CHARACTERS_MAX`."""
    with _letters(path, encoding) as stream:
        first = True
        while raw := stream.readline(LINE_CHARACTERS_MAX):
            if len(raw) >= LINE_CHARACTERS_MAX and not raw.endswith(("\n", "\r")):
                yield _without_end(raw, stream)
            else:
                line = _line(raw, encoding)
                yield Line(line.text.lstrip("\ufeff"), line.shown, line.code, line.detail) if first else line
            first = False


def _without_end(raw: str, stream: TextIOWrapper) -> Line:
    """Skip a line that is too long to hold, and keep what its quotes open or close."""
    quotes, part = raw.count('"'), raw
    while not part.endswith(("\n", "\r")):
        part = stream.readline(LINE_CHARACTERS_MAX)
        if not part:
            break
        quotes += part.count('"')
    return Line('"' * (quotes % 2) + "\n", raw[:SHOWN_CHARACTERS], "cell_too_big")


def _line(raw: str, encoding: TextEncoding) -> Line:
    text, by_second = raw, False
    if not encoding.wide and not raw.isascii():
        data = raw.encode("latin-1")
        found = _decoded(data, encoding.first)
        if found is None:
            found, by_second = _decoded(data, encoding.second), True
        if found is None:
            return Line(raw, raw, "line_encoding_unknown")
        text = found
    if "\0" in text:
        return Line(text.replace("\0", ""), text.replace("\0", "␀"), "line_has_nul")
    spoilt = "" if text.isascii() else is_spoilt(text, by_second=by_second)
    return Line(text, text, "line_encoding_spoilt" if spoilt else "", spoilt)


def is_spoilt(text: str, *, by_second: bool) -> str:
    """Find letters that were spoilt by a wrong encoding; empty when there are none."""
    found = _SPOILT.search(text) or (_OTHER_PAGE.search(text) if by_second else None)
    return found[0] if found else ""


def _decoded(data: bytes, codec: str) -> str | None:
    if not codec:
        return None
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _letters(path: Path, encoding: TextEncoding) -> TextIOWrapper:
    return _opened(path, encoding.wide) if encoding.wide else _bytes_as_letters(path)


def _bytes_as_letters(path: Path) -> TextIOWrapper:
    """Open so that each byte is one letter: lines are parted the same way in every eight-bit encoding."""
    return _opened(path, "latin-1")


def _opened(path: Path, codec: str) -> TextIOWrapper:
    return path.open(encoding=codec, newline="")
