"""The description that goes with a FEC: characters, records, columns, codes (art. A.47 A-1, XI du LPF)."""

from billing.money import Money
from billing.party import Organisation
from integrations.accounting.accounts import JOURNALS
from integrations.accounting.batch import Batch
from integrations.accounting.period import Period

_COLUMNS: tuple[tuple[str, str], ...] = (
    ("JournalCode", "code du journal"),
    ("JournalLib", "libellé du journal"),
    ("EcritureNum", "numéro de l'écriture, suite continue dans l'ordre du fichier"),
    ("EcritureDate", "date de comptabilisation, AAAAMMJJ"),
    ("CompteNum", "numéro de compte, plan comptable général"),
    ("CompteLib", "libellé du compte"),
    ("CompAuxNum", "compte auxiliaire : code du client, sur les comptes collectifs seulement"),
    ("CompAuxLib", "libellé du compte auxiliaire"),
    ("PieceRef", "référence de la pièce ; « - » quand il n'y en a pas"),
    ("PieceDate", "date de la pièce, AAAAMMJJ"),
    ("EcritureLib", "libellé de l'écriture"),
    ("Debit", "montant au débit, en euros, virgule décimale"),
    ("Credit", "montant au crédit, en euros, virgule décimale"),
    ("EcritureLet", "lettrage : facture soldée par ses règlements"),
    ("DateLet", "date du lettrage : dernier mouvement du groupe, AAAAMMJJ"),
    ("ValidDate", "date de validation : jour de l'enregistrement définitif, AAAAMMJJ"),
    ("Montantdevise", "sans objet : les livres sont en euros"),
    ("Idevise", "sans objet"),
)


def describe(batch: Batch, organisation: Organisation, period: Period, *, encoding: str, provisional: bool) -> str:
    """Write the description in French; the same batch gives the same text."""
    lines = [
        "Description du fichier des écritures comptables",
        "",
        f"Fichier : {batch.file.name}",
        f"Empreinte SHA-256 : {batch.sha256}",
        f"Lot : {batch.batch}",
        f"Organisme : {organisation.name}, SIREN {organisation.siren}",
        f"Période : du {period.first:%d/%m/%Y} au {period.last:%d/%m/%Y}",
        f"Écritures : {batch.entries} ; lignes : {batch.lines}",
        f"Total débit : {Money(batch.debit_cents).french()} ; total crédit : {Money(batch.credit_cents).french()}",
        "",
        "Étendue : livre auxiliaire des ventes, des encaissements et de leur affectation. Les autres écritures",
        "de l'exercice sont tenues dans le logiciel de comptabilité.",
    ]
    if provisional:
        lines += ["", "Fichier provisoire : EcritureNum et ValidDate sont laissés vides, pour reprise par un logiciel."]
    lines += [
        "",
        f"Caractères : {encoding.upper()}, sans BOM. Enregistrements terminés par CR LF.",
        "Champs séparés par une tabulation.",
        "La première ligne porte les noms des champs. Les montants sans objet valent 0,00.",
        "",
        "Champs, dans l'ordre :",
        *(f"  {position:2}. {name} : {meaning}" for position, (name, meaning) in enumerate(_COLUMNS, start=1)),
        "",
        "Journaux :",
        *(f"  {code} : {label}" for code, label in JOURNALS.items()),
    ]
    if batch.frozen:
        lines += ["", "Pièces retenues, non exportées :"]
        lines += [f"  {item.piece} : {item.reason}" for item in batch.frozen]
    return "\n".join(lines) + "\n"
