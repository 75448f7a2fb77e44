"""The platform's words, both tracks apart: where the dossier stands, and where its billing stands. Pure.

Source of every word: funders.md §0.1 and §1.2 (French labels, documented; states after public code that runs
against an intermediary's interface, strong for names, weak for completeness), read 2026-11. A word that is
not here is never guessed: the sighting is kept as unknown and the state stays what it was.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from billing.agreement import LifeState, PlatformRecord
from billing.ports import StatusSighting

PLATFORM = "edof"
FUNDER_CODE = "CDC"
"""Code of the payer that an export makes when the books do not hold the dossier yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierWord:
    """What a dossier's word says of the agreement.

    Attributes:
        state: on the agreement's own life cycle.
        service_done: the organisation has declared what was delivered.
        ready_to_bill: what may be billed is known: the service is validated, and not before.
    """

    state: LifeState
    service_done: bool = False
    ready_to_bill: bool = False


_APPROVED = DossierWord(state=LifeState.APPROVED)
_REJECTED = DossierWord(state=LifeState.REJECTED)
# A late cancellation may still be billable (5 % indemnity, funders.md §1.2): decided by a person, not by the word.
_CANCELLED = DossierWord(state=LifeState.CANCELLED)
_INSTRUCTED = DossierWord(state=LifeState.ACKNOWLEDGED)

DOSSIER_WORDS: Mapping[str, DossierWord] = {
    "Non traité": DossierWord(state=LifeState.DRAFT),
    "Validé": DossierWord(state=LifeState.SUBMITTED),
    "Validé (en cours d’instruction par France Travail)": _INSTRUCTED,
    "En cours d’instruction par France Travail": _INSTRUCTED,
    "Accepté": _APPROVED,
    "En formation": _APPROVED,
    "Sortie de formation": _APPROVED,
    "Service fait déclaré": DossierWord(state=LifeState.APPROVED, service_done=True),
    "Service fait validé": DossierWord(state=LifeState.APPROVED, service_done=True, ready_to_bill=True),
    "Refusé par le titulaire": _REJECTED,
    "Refusé par l’organisme": _REJECTED,
    "Refusé par le financeur": _REJECTED,
    "Refusé": _REJECTED,
    "Rejeté": _REJECTED,
    "Annulé par le titulaire": _CANCELLED,
    "Annulé par l’organisme": _CANCELLED,
    "Annulé par le financeur": _CANCELLED,
    "Annulé (non réalisé) par le titulaire": _CANCELLED,
    "Annulé": _CANCELLED,
    # What organisations and intermediaries write for the words above [professional knowledge].
    "Refusé par le stagiaire": _REJECTED,
    "Refus du titulaire": _REJECTED,
    "Annulé par le stagiaire": _CANCELLED,
    "Annulé par l’apprenant": _CANCELLED,
    "Annulation": _CANCELLED,
    "Désistement du titulaire": _CANCELLED,
}

BILLING_WORDS: Mapping[str, LifeState | None] = {
    # None: there is no claim of ours to follow yet (the 25 % deposit is paid without an invoice, §1.2).
    "Pas facturable": None,
    "En attente du virement": None,
    "Acompte en attente": None,
    "Virement effectué": None,
    "Acompte déposé": None,
    "À facturer": LifeState.DRAFT,
    "Facturé": LifeState.ACKNOWLEDGED,
    "Payé": LifeState.PAID,
}
BILLED = "Facturé"


def folded(word: str) -> str:
    """Compare words without regard to case, accents and typography (exports and screens differ in these)."""
    plain = unicodedata.normalize("NFKD", word)
    return re.sub(r"[^0-9a-z]+", "", plain.lower())


_DOSSIERS = {folded(word): meaning for word, meaning in DOSSIER_WORDS.items()}
_BILLINGS = {folded(word): meaning for word, meaning in BILLING_WORDS.items()}


def dossier_word(raw_status: str) -> DossierWord | None:
    """Read where a dossier stands; None = a word that we do not know."""
    return _DOSSIERS.get(folded(raw_status))


def billing_state(raw_status: str) -> tuple[bool, LifeState | None]:
    """Read where its billing stands.

    Returns:
        Whether the word is known, and the state on the claim's life cycle (None: no claim to follow).
    """
    key = folded(raw_status)
    return key in _BILLINGS, _BILLINGS.get(key)


def claim_sightings(
    records: Iterable[PlatformRecord], numbers: Mapping[str, str], since: datetime | None = None
) -> Iterator[StatusSighting]:
    """Tell what the last export shows of claims: a dossier with an amount billed was keyed in.

    The export says neither when a claim is paid nor under which number it was billed (§1.3): only that it is.

    Args:
        records: last sightings of dossiers; those whose billed amount is unknown or zero say nothing.
        numbers: our claim's number, by id of the agreement that it bills.
        since: leave out what was seen before.
    """
    for record in records:
        number = numbers.get(record.subject_id or "")
        billed = record.amount_billed is not None and record.amount_billed.cents > 0
        if number is None or not billed or (since is not None and record.seen_at < since):
            continue
        told_on = datetime.combine(record.status_since, time(), tzinfo=UTC) if record.status_since else None
        yield StatusSighting(
            number=number,
            external_reference=record.external_id,
            raw_status=BILLED,
            raw_label="",
            state=LifeState.DISPUTED if record.in_control else LifeState.ACKNOWLEDGED,
            since=told_on,
            seen_at=record.seen_at,
            bill_number=record.bill_number,
        )
