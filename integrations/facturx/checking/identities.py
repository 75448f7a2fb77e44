"""Identifiers and days of a document of any origin: do they exist, do they belong together?"""

import re
from collections.abc import Iterator

from billing.errors import Finding, InvalidInput, Severity
from billing.identity import Iban, Nda, Siren, Siret
from integrations.facturx.reading.facts import RawDocument, RawParty
from integrations.facturx.reading.values import day, number

_FRENCH_VAT = re.compile(r"FR([0-9A-Z]{2})([0-9]{9})")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9 ]+")
_NDA = re.compile(r"(?i:d[ée]claration d[’']activit[ée])[^\n]{0,120}?\b([0-9](?: ?[0-9A-B]){7,14})\b")
"""The first long number after the words, whatever its length: to be judged."""
_OTHER_NUMBERS = frozenset({9, 14})
"""Lengths of a SIREN and of a SIRET, which may stand there too."""
SIREN_SCHEME, SIRET_SCHEME = "0002", "0009"


def identities_of(raw: RawDocument) -> Iterator[Finding]:
    """Judge every identifier and every day."""
    parties = (("Vendeur", raw.seller), ("Acheteur", raw.buyer), ("Bénéficiaire", raw.payee), ("Payeur", raw.payer))
    for where, party in parties:
        if party is not None:
            yield from _party(where, party)
    compact = raw.iban.replace(" ", "").upper()
    if _IBAN.fullmatch(raw.iban) and not _reads(Iban, compact):
        yield Finding(code="document_iban_wrong", where="Paiement")
    yield from _nda(raw)
    due = number(raw.totals.due)
    if due is not None and due > 0 and not raw.due and not raw.terms:  # C. com. L.441-9; BR-CO-25 until EN 16931 1.3.15
        yield Finding(code="document_due_missing", where="Conditions de paiement")
    yield from _days(raw)


def _reads(kind: type[Siren] | type[Siret] | type[Iban] | type[Nda], text: str) -> bool:
    try:
        kind.read(text)
    except InvalidInput:
        return False
    return True


def _party(where: str, party: RawParty) -> Iterator[Finding]:
    is_siren = party.siren_scheme == SIREN_SCHEME
    if is_siren and party.siren and not _reads(Siren, party.siren):
        yield Finding(code="document_siren_wrong", where=where, values={"siren": party.siren[:20]})
    for scheme, value in party.ids:
        if scheme != SIRET_SCHEME:
            continue
        if not _reads(Siret, value):
            yield Finding(code="document_siret_wrong", where=where, values={"siret": value[:20]})
        elif is_siren and party.siren and not value.startswith(party.siren):
            values = {"siret": value[:20], "siren": party.siren[:20]}
            yield Finding(code="document_siret_of_another", where=where, values=values)
    yield from _vat_number(where, party)


def _vat_number(where: str, party: RawParty) -> Iterator[Finding]:
    found = _FRENCH_VAT.fullmatch(party.vat_number.replace(" ", ""))
    if not party.vat_number.startswith("FR"):
        return
    key_is_wrong = found is not None and found[1].isdigit() and int(found[1]) != (12 + 3 * (int(found[2]) % 97)) % 97
    if found is None or key_is_wrong:
        yield Finding(code="document_vat_number_wrong", where=where, values={"number": party.vat_number[:20]})
    elif party.siren_scheme == SIREN_SCHEME and party.siren and found[2] != party.siren:
        values = {"number": party.vat_number[:20], "siren": party.siren[:20]}
        yield Finding(
            code="document_vat_number_of_another", where=where, severity=Severity.WARNING, values=values
        )  # a VAT group bills under the number of its head


def _nda(raw: RawDocument) -> Iterator[Finding]:
    seen: set[str] = set()
    for text in (raw.seller.legal, *(text for _, text in raw.notes)):
        for found in _NDA.finditer(text):
            told = found[1].replace(" ", "")
            if told not in seen and len(told) not in _OTHER_NUMBERS and not _reads(Nda, told):
                seen.add(told)
                yield Finding(code="document_nda_wrong", where="Vendeur", values={"nda": told[:20]})


def _days(raw: RawDocument) -> Iterator[Finding]:
    told = [
        ("Date de la facture (BT-2)", raw.issue),
        ("Échéance (BT-9)", raw.due),
        ("Date de réalisation (BT-72)", raw.delivered),
        ("Début de période (BT-73)", raw.starts),
        ("Fin de période (BT-74)", raw.ends),
        *(("Facture d’origine (BT-26)", text) for _, text in raw.preceding),
        *((f"Ligne {line.number}", text) for line in raw.lines for text in (line.starts, line.ends)),
    ]
    for where, text in told:
        if text and day(text) is None:
            yield Finding(code="document_day_unreadable", where=where, values={"text": text[:40]})
