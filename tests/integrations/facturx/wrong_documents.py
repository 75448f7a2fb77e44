"""Documents that are wrong on purpose, each in one point: a good one, mutated. The rule that must refuse it is its own.

`also` lists what else cannot hold once that point is wrong (a total that does not follow, the same fault seen by
two official lists). Source of the official identifiers: EN 16931 1.3.16, BR-FR Flux 2, Factur-X 1.09.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pikepdf

from billing.money import Money
from integrations.facturx.amounts import build
from integrations.facturx.document import (
    Adjustment,
    Document,
    DocumentType,
    Endpoint,
    Payment,
    Period,
    Process,
    Profile,
    Treatment,
    Vat,
    VatCategory,
)
from integrations.facturx.maker import Renderer
from integrations.facturx.page import PageMaker
from integrations.facturx.wrap import wrap
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid
from tests.integrations.facturx.ubl_files import write_ubl


@dataclass(frozen=True)
class Wrong:
    """One wrong document: the rule that refuses it, and the others that its fault drags along."""

    rule: str
    make: Callable[[], bytes]
    also: frozenset[str] = frozenset()


def xml(document: Document) -> bytes:
    return write_xml(document)


def swapped(old: str, new: str, document: Document | None = None, *, times: int = 1) -> Callable[[], bytes]:
    """Replace a text of a good document's XML; the text must be there."""

    def make() -> bytes:
        content = write_xml(document or valid.document())
        assert content.count(old.encode()) >= 1, old
        return content.replace(old.encode(), new.encode(), times)

    return make


def taxed() -> Document:
    return valid.CASES["VAT 20 % of three lines"]


def note_gone(subject: str) -> Callable[[], bytes]:
    def make() -> bytes:
        document = valid.document()
        return xml(replace(document, notes=tuple(note for note in document.notes if note.subject != subject)))

    return make


def pdf(change: Callable[[pikepdf.Pdf], None]) -> Callable[[], bytes]:
    """Change a good Factur-X file."""

    def make() -> bytes:
        target = io.BytesIO()
        with pikepdf.open(io.BytesIO(Renderer().render(valid.document()))) as opened:
            change(opened)
            opened.save(target, fix_metadata_version=False)
        return target.getvalue()

    return make


def xmp(old: bytes, new: bytes) -> Callable[[], bytes]:
    def change(opened: pikepdf.Pdf) -> None:
        packet = opened.Root.Metadata.read_bytes()
        assert old in packet
        opened.Root.Metadata.write(packet.replace(old, new))

    return pdf(change)


def embedded(opened: pikepdf.Pdf) -> pikepdf.Object:
    return opened.Root.Names.EmbeddedFiles.Names[1]


def _relationship(opened: pikepdf.Pdf) -> None:
    embedded(opened).AFRelationship = pikepdf.Name.Unspecified


def _not_associated(opened: pikepdf.Pdf) -> None:
    del opened.Root.AF


def _checksum(opened: pikepdf.Pdf) -> None:
    embedded(opened).EF.F.Params.CheckSum = pikepdf.String(hashlib.md5(b"x", usedforsecurity=False).digest())


def _script(opened: pikepdf.Pdf) -> None:
    opened.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def _no_intent(opened: pikepdf.Pdf) -> None:
    del opened.Root.OutputIntents


def _loose_font(opened: pikepdf.Pdf) -> None:
    opened.pages[0].Resources.Font.F99 = opened.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )


def _two(opened: pikepdf.Pdf) -> None:
    spec = embedded(opened)
    opened.Root.Names.EmbeddedFiles.Names.append(pikepdf.String("zugferd-invoice.xml"))
    other = opened.make_indirect(pikepdf.Dictionary(dict(spec.items())))
    other.UF = pikepdf.String("zugferd-invoice.xml")
    other.F = pikepdf.String("zugferd-invoice.xml")
    opened.Root.Names.EmbeddedFiles.Names.append(other)
    opened.Root.AF.append(other)


def _no_xmp(opened: pikepdf.Pdf) -> None:
    del opened.Root.Metadata


def encrypted() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(Renderer().render(valid.document()))) as opened:
        opened.save(target, encryption=pikepdf.Encryption(owner="proprietaire", user=""))
    return target.getvalue()


def bare_page() -> bytes:
    return PageMaker().make(valid.document())


def of_another_level() -> bytes:
    document = valid.document()
    return wrap(PageMaker().make(document), write_xml(document), profile=Profile.EXTENDED, made_on=valid.ISSUE)


CREDIT = valid.CASES["credit note citing its origin"]
PAID = valid.CASES["already paid"]
PUBLIC = valid.CASES["public buyer with engagement and service"]
LINES_END, RATE = "</ram:LineTotalAmount><ram:TaxBasis", "</ram:CategoryCode><ram:RateApplicablePercent>"
DISCOUNT = Adjustment(amount=Money(1_000), reason="Remise", vat=valid.exempt())

WRONG: dict[str, Wrong] = {
    # --- what the French reform asks for
    "a number of forty characters": Wrong("BR-FR-01", lambda: xml(valid.document(number="F" * 40))),
    "a blank in the number": Wrong("BR-FR-02", lambda: xml(valid.document(number="FA 2026 1"))),
    "issued in 1999": Wrong("BR-FR-03", lambda: xml(valid.document(issue_on=date(1999, 12, 31)))),
    "a type that France does not know": Wrong("BR-FR-04", swapped("<ram:TypeCode>380<", "<ram:TypeCode>326<")),
    "no note on recovery costs": Wrong("BR-FR-05", note_gone("PMT")),
    "a note twice": Wrong(
        "BR-FR-06", lambda: xml(valid.document(notes=(*valid.document().notes, valid.document().notes[0])))
    ),
    "an unknown billing frame": Wrong("BR-FR-08", swapped("<ram:ID>S1</ram:ID>", "<ram:ID>X9</ram:ID>")),
    "a SIRET of another company": Wrong(
        "BR-FR-09",
        lambda: xml(valid.document(seller=valid.seller(siret="55208131766522"))),
        frozenset({"document_siret_of_another"}),
    ),
    "no SIREN of the seller": Wrong(
        "BR-FR-10", lambda: xml(valid.document(seller=valid.seller(siren="", siret=""))), frozenset({"BR-CO-26"})
    ),
    "between companies without the buyer's SIREN": Wrong(
        "BR-FR-11",
        lambda: xml(valid.document(treatment=Treatment.B2B, buyer=valid.buyer(siren="", siret=""))),
    ),
    "no electronic address of the buyer": Wrong(
        "BR-FR-12", lambda: xml(valid.document(buyer=valid.buyer(endpoint=None)))
    ),
    "no electronic address of the seller": Wrong(
        "BR-FR-13", lambda: xml(valid.document(seller=valid.seller(endpoint=None)))
    ),
    "a rate of 12 %": Wrong(
        "BR-FR-16",
        lambda: xml(
            valid.document(
                seller=valid.with_vat(),
                lines=(valid.line(vat=Vat(category=VatCategory.STANDARD, rate=Decimal(12))),),
            )
        ),
    ),
    "an attachment of no known kind": Wrong("BR-FR-17", swapped(">DOCUMENT_ANNEXE<", ">Certificat<", PUBLIC)),
    "a treatment of no known kind": Wrong("BR-FR-20", swapped(">OUTOFSCOPE<", ">PLUSTARD<")),
    "an address that is not the buyer's": Wrong(
        "BR-FR-21",
        lambda: xml(valid.document(treatment=Treatment.B2B, buyer=valid.buyer(endpoint=Endpoint(value="404833048")))),
    ),
    "an accent in an address": Wrong(
        "BR-FR-23", lambda: xml(valid.document(seller=valid.seller(endpoint=Endpoint(value="732829320_é"))))
    ),
    "a corrective invoice without its origin": Wrong(
        "BR-FR-CO-04", lambda: xml(valid.document(type=DocumentType.CORRECTIVE))
    ),
    "a credit note without its origin": Wrong("BR-FR-CO-05", lambda: xml(replace(CREDIT, preceding=()))),
    "due before it is issued": Wrong("BR-FR-CO-07", lambda: xml(valid.document(due_on=date(2026, 3, 1)))),
    "a deposit that is final": Wrong(
        "BR-FR-CO-08",
        lambda: xml(valid.document(type=DocumentType.DEPOSIT, process=Process.SERVICES_FINAL)),
    ),
    "paid and yet due": Wrong("BR-FR-CO-09", lambda: xml(valid.document(process=Process.SERVICES_PAID))),
    "five decimals of a quantity": Wrong(
        "BR-FR-DEC-02", swapped(">35</ram:BilledQuantity>", ">35.00001</ram:BilledQuantity>")
    ),
    # --- what the norm asks for
    "a total of lines that is not theirs": Wrong(
        "BR-CO-10",
        swapped(f"857.50{LINES_END}", f"857.40{LINES_END}"),
        frozenset({"BR-CO-13", "document_total_wrong"}),
    ),
    "a gross total that does not follow": Wrong(
        "BR-CO-15",
        swapped("<ram:GrandTotalAmount>857.50<", "<ram:GrandTotalAmount>857.60<"),
        frozenset({"BR-CO-16", "document_total_wrong"}),
    ),
    "an amount due that does not follow": Wrong(
        "BR-CO-16",
        swapped("<ram:DuePayableAmount>857.50<", "<ram:DuePayableAmount>857.60<"),
        frozenset({"document_total_wrong"}),
    ),
    "nothing says when to pay": Wrong("document_due_missing", lambda: xml(valid.document(due_on=None))),
    "exempt, and no tax identifier": Wrong("BR-E-02", lambda: xml(valid.document(seller=valid.seller(tax_number="")))),
    "exempt, and no reason": Wrong(
        "BR-E-10",
        lambda: xml(valid.document(lines=(valid.line(vat=Vat(category=VatCategory.EXEMPT, rate=Decimal(0))),))),
    ),
    "exempt at 20 %": Wrong(
        "BR-E-05",
        swapped(f"E{RATE}0.00<", f"E{RATE}20.00<"),
        frozenset({"document_vat_basis_wrong", "document_vat_group_missing"}),
    ),
    "taxed at nothing": Wrong(
        "BR-S-05",
        swapped(f"S{RATE}20.00<", f"S{RATE}0.00<", taxed()),
        frozenset({"BR-S-08", "document_vat_basis_wrong", "document_vat_group_missing"}),
    ),
    "a code of exemption that does not exist": Wrong(
        "FX-SCH-A-000589", swapped("VATEX-FR-CGI261-4<", "VATEX-FR-CGI261-4-4A<")
    ),
    "a negative price": Wrong(
        "BR-27",
        swapped("<ram:ChargeAmount>24.5<", "<ram:ChargeAmount>-24.5<"),
        frozenset({"BR-FR-DEC-03", "document_line_amount_wrong"}),
    ),
    "a period that ends before it begins": Wrong(
        "BR-29",
        lambda: xml(valid.document(period=Period(starts_on=date(2026, 2, 27), ends_on=date(2026, 1, 5)))),
    ),
    "a discount without a reason": Wrong(
        "BR-33",
        lambda: xml(build(valid.document(adjustments=(replace(DISCOUNT, reason=""),)))),
        frozenset({"BR-CO-21"}),
    ),
    "no name of the buyer": Wrong(
        "BR-07", lambda: xml(valid.document(buyer=valid.buyer(name=""))), frozenset({"FX-SCH-A-000030"})
    ),
    # --- the official schema
    "an element that is not in its place": Wrong(
        "XSD",
        swapped("<ram:ID>FA-2026-00001</ram:ID>", ""),
    ),
    # --- arithmetic and identities that no official rule checks
    "quantity × price is not the amount": Wrong(
        "document_line_amount_wrong", swapped("<ram:ChargeAmount>24.5<", "<ram:ChargeAmount>24.6<")
    ),
    "a VAT wrong by one cent": Wrong(
        "document_vat_amount_wrong",
        lambda: xml(wrong_vat()),
    ),
    "the thirty-first of April": Wrong(
        "document_day_unreadable", swapped(">20260401<", ">20260431<"), frozenset({"BR-FR-03"})
    ),
    "a SIREN whose key is wrong": Wrong(
        "document_siren_wrong",
        lambda: xml(
            valid.document(buyer=valid.buyer(siren="552081318", siret="", endpoint=Endpoint(value="552081318")))
        ),
    ),
    "a SIRET whose key is wrong": Wrong(
        "document_siret_wrong", lambda: xml(valid.document(buyer=valid.buyer(siret="55208131766523")))
    ),
    "an IBAN whose key is wrong": Wrong(
        "document_iban_wrong", lambda: xml(valid.document(payment=Payment(iban="FR7630006000011234567890188")))
    ),
    "a declaration of activity one digit short": Wrong(
        "document_nda_wrong", swapped("11755555555", "1175555555", times=9)
    ),
    "a VAT number whose key is wrong": Wrong(
        "document_vat_number_wrong", lambda: xml(valid.document(seller=valid.seller(vat_number="FR45732829320")))
    ),
    # --- the file around the XML
    "another relationship": Wrong("pdf_relationship_wrong", pdf(_relationship)),
    "joined but not associated": Wrong("pdf_not_associated", pdf(_not_associated), frozenset({"PDF/A-3 6.8-4"})),
    "another checksum": Wrong("pdf_checksum_wrong", pdf(_checksum)),
    "two invoices in a file": Wrong("pdf_two_invoices", pdf(_two)),
    "a script": Wrong("pdf_has_script", pdf(_script)),
    "no colour profile": Wrong("pdf_output_intent_missing", pdf(_no_intent)),
    "a font that is not inside": Wrong("pdf_font_not_embedded", pdf(_loose_font)),
    "no XMP": Wrong("pdf_xmp_missing", pdf(_no_xmp), frozenset({"PDF/A-3 6.6.2.1-1"})),
    "PDF/A-2": Wrong("pdf_not_pdfa3", xmp(b"<pdfaid:part>3<", b"<pdfaid:part>2<")),
    "another level in the XMP": Wrong("pdf_level_differs", of_another_level),
    "another name in the XMP": Wrong(
        "pdf_name_differs",
        xmp(b"<fx:DocumentFileName>factur-x.xml<", b"<fx:DocumentFileName>facture.xml<"),
    ),
    "encrypted": Wrong("pdf_encrypted", encrypted),
    "a plain PDF": Wrong("pdf_without_invoice", bare_page),
    # --- the other syntax
    "a UBL without the note on penalties": Wrong(
        "BR-FR-05",
        lambda: write_ubl(
            replace(valid.document(), notes=tuple(note for note in valid.document().notes if note.subject != "PMD"))
        ),
    ),
    "a UBL whose total does not follow": Wrong(
        "BR-CO-16",
        lambda: write_ubl(replace(valid.document(), totals=replace(valid.document().totals, due=Money(1)))),
        frozenset({"document_total_wrong"}),
    ),
    "a UBL with an element that UBL does not know": Wrong(
        "XSD",
        lambda: write_ubl(valid.document()).replace(b"<cbc:ID>FA", b"<cbc:Couleur>bleu</cbc:Couleur><cbc:ID>FA", 1),
    ),
}


def wrong_vat() -> Document:
    """Three lines of 0.83 € at 20 %: 0.50 € of VAT; 0.51 € is within the tolerance of the official rule."""
    document = taxed()
    tax = Money(51)
    groups = tuple(replace(group, tax=tax) for group in document.groups)
    gross = document.totals.net + tax
    return replace(document, groups=groups, totals=replace(document.totals, vat=tax, gross=gross, due=gross))
