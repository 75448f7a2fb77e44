"""Between Chorus Pro's words and ours, both ways; pure."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from adapters.chorus_pro import wire
from billing.agreement import LifeState
from billing.errors import Finding, Value
from billing.ports import Parcel, StatusSighting

LABEL_CHARS_MAX = 2_000
"""Of a comment that we keep."""
NUMBER_CHARS_MAX = 20
"""DSE-CPRO 1.1 §3.2.1.4.2 (30/04/2026), documented: invoice number in B2G."""
REFERENCE_CHARS_MAX = 50
"""Engagement and contract; OCA l10n_fr_chorus_account 18.0, seen in code."""
FILE_NAME_CHARS_MAX = 50
"""With its extension; OCA and pyfrctc quoting the community pages, seen in code."""
FLUX_BYTES_MAX = 22 * 1024 * 1024
"""30 MB for a flux (DSE-CPRO 1.1 §5.4.1, written for G2B) less a third for base64; inference for this call."""
SYNTAX = "IN_DP_E2_CII_FACTURX"
"""Syntax of a Factur-X PDF deposited as a flux; GO and CAPI, seen in code."""
PARIS = ZoneInfo("Europe/Paris")
"""Their instants without offset are taken as Paris time (inference)."""

STATES: dict[str, LifeState] = {
    # The statuses between the two parties of a public contract's supplier side; DSE-CPRO 1.1 table 8 and the
    # status lists of two public clients, read 2026-11-23. Works contracts (…_MOE, …_MOA) concern no training
    # organisation: left unknown on purpose, so that one becomes an anomaly rather than a guess.
    "BROUILLON": LifeState.DRAFT,
    "DEPOSEE": LifeState.SUBMITTED,
    "EN_COURS_ACHEMINEMENT": LifeState.SUBMITTED,
    "MISE_A_DISPOSITION": LifeState.ACKNOWLEDGED,
    "PRISE_EN_COMPTE_DESTINATAIRE": LifeState.ACKNOWLEDGED,
    "SERVICE_FAIT": LifeState.ACKNOWLEDGED,
    "COMPLETEE": LifeState.ACKNOWLEDGED,
    "A_VALIDER_1": LifeState.ACKNOWLEDGED,
    "A_VALIDER_2": LifeState.ACKNOWLEDGED,
    # Internal validations, before the buyer has it: approved by a validator only.
    "VALIDEE_1": LifeState.APPROVED,
    "VALIDEE_2": LifeState.APPROVED,
    "REFUSEE_1": LifeState.REJECTED,
    "REFUSEE_2": LifeState.REJECTED,
    # Suspended: the buyer waits for something from us (an attachment, mostly); nothing is refused yet.
    "SUSPENDUE": LifeState.DISPUTED,
    "REJETEE": LifeState.REJECTED,
    # Being withdrawn (DSE-CPRO 1.1 §2.4.2): read only, corrected by a new number.
    "A_RECYCLER": LifeState.REJECTED,
    "MANDATEE": LifeState.APPROVED,
    "MISE_A_DISPOSITION_COMPTABLE": LifeState.APPROVED,
    # The accountant has booked it, or the transfer order has left: announced money, no proof of cash. Only the
    # bank line pays a claim (the order goes to the Banque de France, table 8).
    "COMPTABILISEE": LifeState.SCHEDULED,
    "MISE_EN_PAIEMENT": LifeState.SCHEDULED,
    "ABANDONNEE": LifeState.CANCELLED,
    "SUPPRIMEE": LifeState.CANCELLED,
}
MOTIVATED = frozenset({"SUSPENDUE", "REJETEE", "REFUSEE_1", "REFUSEE_2", "A_RECYCLER"})
"""Statuses whose motive is worth a look at the history."""
REFUSALS = MOTIVATED - {"SUSPENDUE"}

MOTIVES = frozenset(
    # DSE-CPRO 1.1 tables 3 and 4, documented; that the comment carries one of them is an inference.
    {
        "AUT_MOTIF_ERR_VALIDEUR",
        "RETRAIT_MAN_SERV",
        "SUPPR_MASSE",
        "AUTRE",
        "CONTACT_ACHTR",
        "COORD_BANC_ERR",
        "CREANCIER_ERR",
        "DOUBLE_FACT",
        "ERREUR_DONNEE_EJ",
        "EJ_ERR",
        "ERR_VALIDEUR",
        "FACT_NON_CONFORME",
        "NON_CONFORME",
        "HONORER_LA_COMMANDE",
        "LIVR_INCOMP",
        "MARCHE_TERM",
        "MONTANT_ERR",
        "SE_ERR",
        "ST_CT_NON_DECLAR",
        "SUPPR_COMP_AVOIR",
        "TRANSF_PMNT_REGIE",
        "TX_TVA_ERR",
        "ADR_ERR",
        "REJ_ADR",
        "REJ_COH",
        "REJ_UNI",
    }
)
_CODE = re.compile(r"[A-Z][A-Z_]{2,40}[A-Z]")


class Verdict(StrEnum):
    """What a flux state means for the invoices in it."""

    IN_PROGRESS = "in_progress"
    INTEGRATED = "integrated"
    PARTIAL = "partial"
    REJECTED = "rejected"


FLUX_VERDICTS: dict[str, Verdict] = {
    # CAPI's constants quoting AIFE, and OCA's use, read 2026-11-23. One public client counts the first two as
    # success and so never sees a late rejection: here only IN_INTEGRE ends well.
    "IN_RECU": Verdict.IN_PROGRESS,
    "IN_TRAITE_SE_CPP": Verdict.IN_PROGRESS,
    "IN_EN_ATTENTE_TRAITEMENT_CPP": Verdict.IN_PROGRESS,
    "IN_EN_COURS_TRAITEMENT_CPP": Verdict.IN_PROGRESS,
    "IN_EN_ATTENTE_RETRAITEMENT_CPP": Verdict.IN_PROGRESS,
    "IN_INTEGRE": Verdict.INTEGRATED,
    "IN_INTEGRE_PARTIEL": Verdict.PARTIAL,
    "QP_RECEVABLE_AVEC_ERREUR": Verdict.PARTIAL,
    "IN_REJETE": Verdict.REJECTED,
    "QP_IRRECEVABLE": Verdict.REJECTED,
    # Not processed at all, to be deposited again: nothing was integrated, so the same number is free.
    "IN_INCIDENTE": Verdict.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why an invoice of a flux was not integrated; its number may be used again (DSE-CPRO 1.1 §3.2.1.4.2)."""

    code: str
    label: str


def findings_before_sending(parcel: Parcel) -> tuple[Finding, ...]:
    """Say what Chorus Pro would refuse, before anything leaves."""
    found: list[tuple[str, dict[str, Value]]] = []
    if not parcel.number:
        found.append(("chorus_pro_number_missing", {}))
    if len(parcel.number) > NUMBER_CHARS_MAX:
        found.append(("chorus_pro_number_too_long", {"number": parcel.number, "max": NUMBER_CHARS_MAX}))
    if not parcel.document:
        found.append(("chorus_pro_document_missing", {"number": parcel.number}))
    elif not parcel.document.startswith(b"%PDF-"):
        found.append(("chorus_pro_document_not_pdf", {"number": parcel.number}))
    if len(parcel.document) > FLUX_BYTES_MAX:
        found.append(("chorus_pro_document_too_big", {"number": parcel.number, "max": FLUX_BYTES_MAX}))
    siret = parcel.buyer.siret if parcel.buyer else ""
    if not re.fullmatch(r"\d{14}", siret):
        found.append(("chorus_pro_buyer_siret_missing", {"number": parcel.number}))
    references = (parcel.facts.get("engagement_number", ""), parcel.facts.get("contract_number", ""))
    if max(map(len, references)) > REFERENCE_CHARS_MAX:
        found.append(("chorus_pro_reference_too_long", {"number": parcel.number, "max": REFERENCE_CHARS_MAX}))
    return tuple(Finding(code=code, where=parcel.number, values=values) for code, values in found)


def deposit_of(parcel: Parcel) -> wire.DeposerFlux:
    """Make the deposit of one Factur-X PDF."""
    return wire.DeposerFlux(
        fichierFlux=base64.b64encode(parcel.document).decode("ascii"),
        nomFichier=file_name(parcel.number),
        syntaxeFlux=SYNTAX,
    )


def file_name(number: str) -> str:
    """Name the file after the invoice; only letters, digits, dots, dashes and low lines."""
    return f"facturx_{re.sub(r'[^A-Za-z0-9._-]', '-', number)}"[: FILE_NAME_CHARS_MAX - 4] + ".pdf"


def is_ours(facture: wire.Facture, number: str, year: int | None) -> bool:
    """Tell whether a found invoice is the one asked for: the very number, and the issue year when it is told.

    Chorus Pro's key is (issue year, issuer's SIREN, number): DSE-CPRO 1.1 §3.2.1.4.2, documented. A search may
    return numbers that only resemble.
    """
    told = re.match(r"(\d{4})-\d{2}-\d{2}", facture.dateFacture)
    return facture.numeroFacture == number and (year is None or told is None or int(told[1]) == year)


def reference_of(facture: wire.Facture) -> str:
    """Their reference: the flux number when they give it, else their invoice id."""
    return facture.numeroFluxDepot or str(facture.identifiantFactureCPP or "")


def sighting_of(facture: wire.Facture, seen_at: datetime, motive: str) -> StatusSighting:
    """Say where an invoice stands.

    Args:
        facture: as the search shows it.
        seen_at: now.
        motive: comment of the current status from the history; empty = the search's own comment.
    """
    comment = (motive or facture.commentaireEtatCourant)[:LABEL_CHARS_MAX]
    return StatusSighting(
        number=facture.numeroFacture,
        external_reference=reference_of(facture),
        raw_status=facture.statut,
        raw_label=comment,
        state=STATES.get(facture.statut),
        since=instant(facture.dateHeureEtatCourant),
        seen_at=seen_at,
        rejection_code=motive_code(comment, facture.statut) if facture.statut in MOTIVATED else "",
    )


def motive_code(comment: str, otherwise: str) -> str:
    """Find the motive's code in a comment; the status itself where the comment has none."""
    return next((word for word in _CODE.findall(comment) if word in MOTIVES), otherwise)


def motive_in(history: wire.ConsulterHistoriqueRetour, status: str) -> str:
    """Find the comment of the latest passage through a status."""
    passages = history.historiquesDesStatuts.histoStatut if history.historiquesDesStatuts else None
    at = [item for item in passages or () if item.histoStatutCode == status]
    floor = datetime.min.replace(tzinfo=UTC)
    last = max(at, key=lambda item: instant(item.histoStatutDatePassage) or floor, default=None)
    return last.histoStatutCommentaire if last else ""


def rejection_of(report: wire.CRDetailleRetour, number: str) -> Rejection | None:
    """Say whether this invoice was left out of a flux, and why; None = not rejected, or not yet known."""
    verdict = FLUX_VERDICTS.get(report.etatCourantDepotFlux)
    named = next((item for item in report.listeErreurDP or () if item.numeroDP == number), None)
    if verdict is Verdict.REJECTED or (verdict is Verdict.PARTIAL and named is not None):
        technical = next(iter(report.listeErreurTechnique or ()), None)
        technical_label = technical.libelleErreur if technical else ""
        label = named.libelleErreurDP if named is not None else technical_label
        code = (
            motive_code(label[:LABEL_CHARS_MAX], "")
            or (technical.codeErreur if technical else "")
            or report.etatCourantDepotFlux
        )
        return Rejection(code=code[:LABEL_CHARS_MAX], label=label[:LABEL_CHARS_MAX])
    return None


def flux_sighting(report: wire.CRDetailleRetour, number: str, flux: str, seen_at: datetime) -> StatusSighting:
    """Say where an invoice stands of which only the flux is known."""
    rejection = rejection_of(report, number)
    known = report.etatCourantDepotFlux in FLUX_VERDICTS
    state = (LifeState.REJECTED if rejection else LifeState.SUBMITTED) if known else None
    return StatusSighting(
        number=number,
        external_reference=flux,
        raw_status=report.etatCourantDepotFlux,
        raw_label=rejection.label if rejection else "",
        state=state,
        since=instant(report.dateHeureEtatCourantFlux),
        seen_at=seen_at,
        rejection_code=rejection.code if rejection else "",
    )


def instant(text: str) -> datetime | None:
    """Read one of their instants: RFC 3339, or `YYYY-MM-DD HH:MM` in Paris; None when it is neither."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=PARIS)).astimezone(UTC)


def criterion(since: datetime) -> str:
    """Write an instant as a search criterion: minutes, Paris (the format of the history dates; inference)."""
    return since.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")
