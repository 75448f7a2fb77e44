"""What tests look at in a PDF: its text as people copy it, and what an archive validator says of it."""

import io
import re

import pikepdf
import pikepdf.pdfa
import pypdf

# The validator allows no XMP extension schema at all (ISO 19005-3 §6.6.2.3 does, and Factur-X demands one), so that
# the mark of PDF/UA is refused too, and it says what it does not check. That is expected, and nothing else is.
EXPECTED = re.compile(
    r"XMP (namespace|property) (xmpTPg|pdfaExtension|pdfaSchema|pdfaProperty|fx|pdfuaid)\b.* is not permitted"
    r"|the content of structured XMP property xmpMM:History is not checked"
    r"|/CIDSet on a CIDFontType2 subset is not checked"
)


def pages_of(file: bytes) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(file)).pages]


def pages_text(file: bytes) -> str:
    return " ".join(pages_of(file))


def troubles(file: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(file)) as pdf:
        report = pikepdf.pdfa.check(pdf, "3b")
    return [f"{item.rule} {item.message}" for item in report.findings if not EXPECTED.fullmatch(item.message)]
