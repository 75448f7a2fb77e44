"""Reading XML of strangers: no DOCTYPE, no entity, no network, no huge node, flat memory.

A parser told not to resolve entities keeps quiet about them and blanks the text, so a remittance line
could vanish (measured on lxml 6.1.3): whatever declares a DOCTYPE is refused before it is parsed.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from billing.errors import InvalidInput
from integrations.bank import limits

Element = etree._Element  # noqa: SLF001 - lxml gives its element type no public name

_DECLARED = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROOT = re.compile(rb"<[A-Za-z_]")
_ENCODING = re.compile(rb"""^[^<]{0,3}<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = frozenset(
    b"utf-8 utf8 us-ascii ascii utf-16 utf-16le utf-16be iso-8859-1 iso-8859-15 latin1 latin-1 windows-1252".split()
)
_WRONG_ENCODING = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
    }
)


def elements(chunks: Iterable[bytes], tags: tuple[str, ...], file: str) -> Iterator[tuple[str, Element]]:
    """Give `start` and `end` of the elements with these local names, as the file is read.

    The consumer empties what it has used. Between two such elements at most `ELEMENT_BYTES_MAX` are read.

    Raises:
        InvalidInput: not XML, cut, wrongly encoded, with a DOCTYPE, or out of bounds.
    """
    parser: Any = etree.XMLPullParser(  # the stubs of lxml lack what is used of it below
        events=("start", "end"),
        tag=[f"{{*}}{tag}" for tag in tags],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    since = 0
    for chunk in _checked(chunks, file):
        _feed(parser, chunk, file)
        since += len(chunk)
        for event, element in parser.read_events():
            since = 0
            yield event, element
        if since > limits.ELEMENT_BYTES_MAX:
            raise InvalidInput("bank_file_element_too_large", file=file)
    try:
        root = parser.close()
    except etree.XMLSyntaxError as cause:
        raise InvalidInput("bank_file_cut", file=file, line=cause.lineno or 0) from cause
    if root.getroottree().docinfo.doctype:
        raise InvalidInput("bank_file_doctype", file=file)


def _feed(parser: Any, chunk: bytes, file: str) -> None:  # noqa: ANN401 - lxml's parser, see above
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as cause:
        error: Any = cause
        code = "bank_file_encoding" if error.code in _WRONG_ENCODING else "bank_file_not_xml"
        raise InvalidInput(code, file=file, line=error.lineno or 0) from cause


def _checked(chunks: Iterable[bytes], file: str) -> Iterator[bytes]:
    """Look at everything before the root element first, then hand the bytes on."""
    head = b""
    source = iter(chunks)
    for chunk in source:
        head += chunk
        if _ROOT.search(head.replace(b"\0", b"")) or len(head) > limits.PROLOG_BYTES:
            break
    check_prolog(head, file)
    yield head
    yield from source


def check_prolog(head: bytes, file: str) -> None:
    """Refuse what announces entities or an encoding in which they could hide.

    Zero bytes are dropped first, so that UTF-16 and UTF-32 read like ASCII.

    Raises:
        InvalidInput: empty, not XML, with a DOCTYPE, or in an encoding that banks do not use.
    """
    plain = head.replace(b"\0", b"")
    stripped = plain.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if not stripped:
        raise InvalidInput("bank_file_empty", file=file)
    if not stripped.startswith(b"<"):
        raise InvalidInput("bank_file_not_xml", file=file, line=1)
    root = _ROOT.search(stripped)
    if _DECLARED.search(stripped[: root.start()] if root else stripped):
        raise InvalidInput("bank_file_doctype", file=file)
    if root is None:
        raise InvalidInput("bank_file_not_xml", file=file, line=1)
    declared = _ENCODING.search(stripped)
    if declared and declared.group(1).lower() not in _ENCODINGS:
        raise InvalidInput("bank_file_encoding", file=file, line=1)


def local(element: Element) -> str:
    """Give the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def line_of(element: Any) -> int:  # noqa: ANN401 - an element; the stubs of lxml do not know this of it
    """Give the line of the file on which an element begins, 0 when unknown."""
    return int(element.sourceline or 0)


def at(element: Element | None, *path: str) -> Element | None:
    """Walk down by local names, taking the first child of each."""
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren(f"{{*}}{name}"), None)
    return element


def text(element: Element | None, *path: str) -> str:
    """Give the text at a path, blanks squeezed; empty when there is none."""
    found = at(element, *path)
    if found is None or not found.text:
        return ""
    return " ".join(found.text[: limits.TEXT_MAX].split())
