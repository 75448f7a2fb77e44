"""The cases of a training organisation: each JSON file of `cases/` with what it must come to, and its rules.

`rules` names what the case stands for: the official rule, and how the XML is spoilt so that this rule, and no silence,
is what accepted it. Amounts in cents, by hand: net, VAT, gross, already settled, due.
"""

from dataclasses import dataclass
from pathlib import Path

from billing.parameters_book import ParameterBook
from console.invoice_files import legal_terms
from integrations.facturx.maker import Renderer
from integrations.facturx.published import Entry, Orders, read_entries
from workers.catalogue import shipped_parameters

FOLDER = Path(__file__).parent / "cases"
Spoilt = tuple[str, str]
"""Pattern of what is spoilt first in the XML, and what replaces it."""

NO_TAX_NUMBER: Spoilt = (r"<ram:SpecifiedTaxRegistration>.*?</ram:SpecifiedTaxRegistration>", "")
NO_ORIGIN: Spoilt = (r"<ram:InvoiceReferencedDocument>.*?</ram:InvoiceReferencedDocument>", "")
NO_REASON: Spoilt = (
    (
        r"<ram:ExemptionReason>[^<]*</ram:ExemptionReason>(<ram:BasisAmount>.*?<ram:CategoryCode>.</ram:CategoryCode>)"
        r"<ram:ExemptionReasonCode>[^<]*</ram:ExemptionReasonCode>"
    ),
    r"\1",
)
NO_PAYEE_NAME: Spoilt = (r"(<ram:PayeeTradeParty>.*?)<ram:Name>[^<]*</ram:Name>", r"\1")
NO_BUYER_ADDRESS: Spoilt = (
    r"(<ram:BuyerTradeParty>.*?)<ram:URIUniversalCommunication>.*?</ram:URIUniversalCommunication>",
    r"\1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one invoice of a case file must be."""

    cents: tuple[int, int, int, int, int]
    rules: dict[str, Spoilt]
    says: tuple[str, ...] = ()
    """Pieces of the XML that the case is about."""


def exempt(cents: int, **changes: object) -> Case:
    """A case whose whole sum is exempt and due."""
    made: dict[str, object] = {"cents": (cents, 0, cents, 0, cents), "rules": {"BR-E-10": NO_REASON}, **changes}
    return Case(**made)  # type: ignore[arg-type]  # each value has its field's type


CASES: dict[str, tuple[Case, ...]] = {
    "exempt_opco_billed": (
        exempt(
            85_750,
            rules={"BR-E-10": NO_REASON, "BR-E-02": NO_TAX_NUMBER},
            says=(
                "VATEX-FR-CGI261-4",
                'schemeID="FC">732829320<',
                "<ram:IssuerAssignedID>APC-0012345<",
                "Entreprise bénéficiaire : Menuiserie Alarcon",
                ">OUTOFSCOPE<",
            ),
        ),
    ),
    "exempt_with_vat_number_by_day": (
        exempt(155_000, rules={"BR-E-02": NO_TAX_NUMBER}, says=('schemeID="VA">FR44732829320<', 'unitCode="DAY">2.5<')),
    ),
    "franchise_293b": (exempt(63_000, says=("VATEX-FR-FRANCHISE", "art. 293 B du CGI", ">B2B<")),),
    "vat_20_on_receipt": (
        Case(
            cents=(249, 50, 299, 0, 299),
            rules={"BR-S-08": (r"BasisAmount>2\.49", "BasisAmount>2.48"), "BR-S-02": NO_TAX_NUMBER},
            says=("DueDateTypeCode>72<", "RateApplicablePercent>20.00<"),
        ),
    ),
    "vat_20_on_debits": (
        Case(
            cents=(120_000, 24_000, 144_000, 0, 144_000),
            rules={"BR-S-09": (r"CalculatedAmount>240\.00", "CalculatedAmount>242.00")},
            says=("DueDateTypeCode>5<",),
        ),
    ),
    "mixed_training_and_goods": (
        Case(
            cents=(98_000, 5_165, 103_165, 0, 103_165),
            rules={
                "BR-CO-14": (r"(TaxTotalAmount[^>]*)>51\.65", r"\1>52.65"),
                "BR-FR-16": (r"RateApplicablePercent>5\.50<", "RateApplicablePercent>5.51<"),
            },
            says=("<ram:ID>M1<", "RateApplicablePercent>5.50<"),
        ),
    ),
    "deposit": (
        exempt(90_000, rules={"BR-FR-CO-08": ("<ram:ID>S1<", "<ram:ID>S4<")}, says=("TypeCode>386<", "CONV-2026-15")),
    ),
    "final_after_deposit": (
        Case(
            cents=(300_000, 0, 300_000, 90_000, 210_000),
            rules={"BR-CO-16": (r"DuePayableAmount>2100\.00", "DuePayableAmount>3000.00")},
            says=("<ram:ID>S4<", "TotalPrepaidAmount>900.00<", "<ram:IssuerAssignedID>AC-2026-001<"),
        ),
    ),
    "already_paid": (
        Case(
            cents=(85_750, 0, 85_750, 85_750, 0),
            rules={"BR-FR-CO-09": (r"TotalPrepaidAmount>857\.50", "TotalPrepaidAmount>800.00")},
            says=("<ram:ID>S2<", ">20260220<"),
        ),
    ),
    "credit_note": (
        exempt(7_350, rules={"BR-FR-CO-05": NO_ORIGIN}, says=("TypeCode>381<", "Motif : Trois heures d’absence")),
    ),
    "corrective": (exempt(73_500, rules={"BR-FR-CO-04": NO_ORIGIN}, says=("TypeCode>384<",)),),
    "self_billed_trainer": (
        exempt(115_500, rules={"BR-FR-22": ('schemeID="0225"', 'schemeID="EM"')}, says=("TypeCode>389<",)),
    ),
    "self_billed_credit": (exempt(19_250, rules={"BR-FR-CO-05": NO_ORIGIN}, says=("TypeCode>261<",)),),
    "subcontractor": (exempt(84_000, rules={"BR-FR-08": ("<ram:ID>S5<", "<ram:ID>T5<")}, says=("<ram:ID>S5<",)),),
    "direct_payment_public": (
        exempt(68_600, rules={"BR-FR-08": ("<ram:ID>S3<", "<ram:ID>T3<")}, says=("<ram:ID>S3<", "centrale européenne")),
    ),
    "cocontractor": (exempt(39_200, rules={"BR-FR-08": ("<ram:ID>S6<", "<ram:ID>T6<")}),),
    "third_party_payer": (
        exempt(
            85_750,
            rules={"BR-FR-12": NO_BUYER_ADDRESS},
            says=("1p0:extended", "<ram:PayerTradeParty>", "pris en charge par OPCO des Services"),
        ),
    ),
    "third_party_payer_in_part": (
        exempt(85_750, rules={"BR-FR-12": NO_BUYER_ADDRESS}, says=("700,00 €", "reste à la charge", "157,50 €")),
    ),
    "split_in_two": (
        exempt(100_000, says=("Part 1 sur 2 (OPCO des Services) de CONV-2026-21",)),
        exempt(20_001, says=("Part 2 sur 2 (Menuiserie Alarcon)",)),
    ),
    "factored": (
        exempt(
            85_750,
            rules={"BR-17": NO_PAYEE_NAME},
            says=("TypeCode>393<", "<ram:SubjectCode>ACC<", "subrogation conventionnelle à Affacturage"),
        ),
    ),
    "factored_credit": (exempt(17_150, rules={"BR-FR-CO-05": NO_ORIGIN}, says=("TypeCode>396<",)),),
    "assigned_claim": (exempt(85_750, rules={"BR-17": NO_PAYEE_NAME}, says=("Créance cédée à",)),),
    "dedit_out_of_scope": (
        exempt(
            48_000,
            rules={
                "BR-O-02": (
                    r"(<ram:SellerTradeParty>.*?</ram:URIUniversalCommunication>)",
                    (
                        r'\1<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR44732829320</ram:ID>'
                        "</ram:SpecifiedTaxRegistration>"
                    ),
                ),
                "BR-O-10": NO_REASON,
            },
            says=("CategoryCode>O<", "VATEX-EU-O"),
        ),
    ),
    "termination_price_taxed": (Case(cents=(48_000, 9_600, 57_600, 0, 57_600), rules={"BR-S-02": NO_TAX_NUMBER}),),
    "discounts_and_charges": (
        Case(  # 999.999 → 1 000.00 − 50 + 12.50 = 962.50; 99.99; − 100 + 20 = 982.49; 20 % = 196.498
            cents=(98_249, 19_650, 117_899, 0, 117_899),
            rules={
                "BR-CO-11": (r"AllowanceTotalAmount>100\.00", "AllowanceTotalAmount>101.00"),
                "BR-CO-12": (r"ChargeTotalAmount>20\.00", "ChargeTotalAmount>21.00"),
                "BR-42": ("<ram:Reason>Fidélité</ram:Reason>", ""),
            },
            says=("LineTotalAmount>962.50<", "ChargeAmount>99.9999<"),
        ),
    ),
    "instalments": (
        exempt(
            300_000,
            rules={"BR-FR-03": (r"(DueDateDateTime>[^>]*>)2026", r"\g<1>2126")},
            says=(
                "Échéances : 1 000,00 € le 01/04/2026 ; 1 000,00 € le 04/05/2026 ; 1 000,00 € le 01/06/2026 (solde).",
            ),
        ),
    ),
    "person_at_distance": (
        exempt(
            180_000,
            rules={"BR-FR-05": (r"<ram:IncludedNote><ram:Content>[^<]*</ram:Content><ram:SubjectCode>PMD.*?Note>", "")},
            says=("non applicable aux particuliers", "non applicables aux particuliers", 'schemeID="EM"'),
        ),
    ),
    "public_with_certificate": (
        exempt(
            85_750,
            rules={"BR-FR-17": (">DOCUMENT_ANNEXE<", ">certificat<")},
            says=(
                "<ram:BuyerReference>AIF-59<",
                "<ram:IssuerAssignedID>41T261234567<",
                "<ram:IssuerAssignedID>CONV-AIF-88<",
                "<ram:LineID>2<",
                'filename="certificat-realisation.pdf"',
            ),
        ),
    ),
    "several_learners": (
        exempt(
            377_300,
            rules={"BR-CO-10": (r"(Monetary.*)LineTotalAmount>3773\.00", r"\1LineTotalAmount>3774.00")},
            says=("<ram:IssuerAssignedID>APC-0005<", "ADAM Léa, BLANC Hugo, COSTA Inès"),
        ),
    ),
    "one_learner_over_several": (
        exempt(127_400, says=(">20251201<", ">20251219<")),
        exempt(140_140, says=(">20260105<", ">20260130<")),
    ),
    "inter_company_convention": (
        exempt(333_334, says=("Part 1 sur 3", "<ram:Value>Menuiserie Alarcon<", "<ram:IssuerAssignedID>CONV-INTER")),
        exempt(333_333, says=("Part 2 sur 3",)),
        exempt(333_333, says=("Part 3 sur 3",)),
    ),
    "credit_of_one_part": (
        exempt(83_333, rules={"BR-FR-CO-05": NO_ORIGIN}, says=("<ram:IssuerAssignedID>FA-2026-031<", "Part 2 sur 3")),
    ),
    "market_advance": (
        Case(
            cents=(500_000, 100_000, 600_000, 0, 600_000),
            rules={"BR-FR-CO-08": ("<ram:ID>S1<", "<ram:ID>S4<")},
            says=("TypeCode>386<", "<ram:IssuerAssignedID>BC-2026-118<"),
        ),
    ),
    "market_situation": (
        Case(  # 12 000 + (1 474.90 − 74.90 + 20) = 13 420; the penalty and the sum held back leave the VAT alone
            cents=(1_342_000, 268_400, 1_610_400, 162_000, 1_448_400),
            rules={"BR-CO-16": (r"DuePayableAmount>14484\.00", "DuePayableAmount>13678.80")},
            says=(
                "Réfaction : absences non justifiées",
                "13 678,80 € le 01/04/2026 ; 805,20 € le 01/03/2027 (retenue de garantie de 5 %)",
                "<ram:IssuerAssignedID>AC-2026-002<",
                "Pénalité compensée avec le prix : 120,00 €",
            ),
        ),
    ),
    "market_price_reduction": (
        exempt(96_770, rules={"BR-CO-11": (r"AllowanceTotalAmount>12\.30", "AllowanceTotalAmount>12.31")}),
    ),
    "deposit_credit": (exempt(90_000, rules={"BR-FR-CO-05": NO_ORIGIN}, says=("TypeCode>503<",)),),
}


def entries_of(name: str) -> list[Entry]:
    """Read a case file."""
    return list(read_entries((FOLDER / f"{name}.json").read_bytes()))


def orders_of(renderer: Renderer) -> Orders:
    """Make what renders requests, with the shipped values of law."""
    book = ParameterBook(shipped_parameters())
    return Orders(renderer, lambda on: legal_terms(book, on))
