"""Which format a bank file has, told by its content, never by its name."""

import re
from dataclasses import dataclass
from pathlib import Path

from billing.errors import InvalidInput
from billing.statement import StatementFile
from integrations.bank.camt import read_camt
from integrations.bank.source import ZIP_MAGIC, Source, open_source
from integrations.bank.xml_stream import check_prolog

SUPPORTED = "camt.052, camt.053, camt.054"

_NAMESPACE = re.compile(rb"camt\.05([234])\.(001\.\d\d)")
_MESSAGES = {
    b"BkToCstmrAcctRpt": "camt.052",
    b"BkToCstmrStmt": "camt.053",
    b"BkToCstmrDbtCdtNtfctn": "camt.054",
}
_MESSAGE = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(BkToCstmr(?:AcctRpt|Stmt|DbtCdtNtfctn))(?:V(\d\d))?[\s>/]")

_OTHERS = (
    ("OFX", re.compile(rb"\s*(?:OFXHEADER|<\?OFX|<OFX)", re.IGNORECASE)),
    ("MT940 / MT942", re.compile(rb"\s*(?:\{1:|:20:)")),
    ("CFONB 120 / 240", re.compile(rb"\s*(?:0[1457]|3[149])[\d ]{5}")),
    ("PDF", re.compile(rb"%PDF-")),
    ("SEPA (pain)", re.compile(rb"(?s).{0,2000}iso:20022:tech:xsd:pain\.")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """A format that can be read, and its version where the file says it."""

    format: str
    version: str


def open_statement_file(path: Path) -> StatementFile:
    """Read a bank file to its end, whatever its format.

    Raises:
        InvalidInput: it is not a statement that quitus reads, or is cut, hostile or out of bounds.
    """
    source = open_source(path)
    kinds = [detect(source, member) for member in source.members]
    formats = sorted({kind.format for kind in kinds})
    if len(formats) > 1:
        raise InvalidInput("bank_zip_mixed", file=source.name, found=", ".join(formats))
    return read_camt(source, formats[0], max(kind.version for kind in kinds))


def detect(source: Source, member: str = "") -> Detected:
    """Name the format of a file, or of a member of a ZIP.

    Raises:
        InvalidInput: none that quitus reads; the message names what it looks like and what is read.
    """
    file = f"{source.name}/{member}" if member else source.name
    head = source.head(member)
    if head.startswith(ZIP_MAGIC):
        raise InvalidInput("bank_zip_nested", file=file)
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff")
    for name, shape in _OTHERS:
        if shape.match(plain):
            raise InvalidInput("bank_format_not_supported", file=file, found=name, supported=SUPPORTED)
    check_prolog(head, file)
    message = _MESSAGE.search(plain)
    if message is None:
        raise InvalidInput("bank_format_unknown", file=file, supported=SUPPORTED)
    named = _NAMESPACE.search(plain)
    version = named.group(2).decode() if named else f"001.{message.group(2).decode()}" if message.group(2) else ""
    return Detected(format=_MESSAGES[message.group(1)], version=version)
