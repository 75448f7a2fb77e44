"""Names of accounts and journals, as a FEC wants them on each line (plan comptable général; professional knowledge)."""

from collections.abc import Mapping

JOURNALS: Mapping[str, str] = {
    "AN": "À-nouveaux",
    "BQ": "Banque",
    "OD": "Opérations diverses",
    "VE": "Ventes",
}

_ACCOUNTS: tuple[tuple[str, str], ...] = (
    ("401", "Fournisseurs"),
    ("411", "Clients"),
    ("416", "Clients douteux ou litigieux"),
    ("421", "Personnel - rémunérations dues"),
    ("43", "Sécurité sociale et autres organismes sociaux"),
    ("44571", "TVA collectée"),
    ("44", "État et autres collectivités publiques"),
    ("471", "Compte d'attente"),
    ("472", "Compte d'attente - débits à imputer"),
    ("47", "Comptes transitoires ou d'attente"),
    ("512", "Banque"),
    ("58", "Virements internes"),
    ("61", "Services extérieurs"),
    ("627", "Services bancaires et assimilés"),
    ("62", "Autres services extérieurs"),
    ("654", "Pertes sur créances irrécouvrables"),
    ("658", "Charges diverses de gestion courante"),
    ("706", "Prestations de services - formation"),
    ("708", "Produits des activités annexes"),
    ("758", "Produits divers de gestion courante"),
    ("890", "Bilan d'ouverture"),
)
_CLASSES: Mapping[str, str] = {
    "1": "Capitaux",
    "2": "Immobilisations",
    "3": "Stocks",
    "4": "Tiers",
    "5": "Comptes financiers",
    "6": "Charges",
    "7": "Produits",
    "8": "Comptes spéciaux",
}
AUXILIARY_PREFIXES = ("401", "411")
"""Collective accounts: the only ones whose lines bear an auxiliary account."""


def account_label(account: str, own: Mapping[str, str]) -> str:
    """Name an account: the organisation's own name, else the chart's by the longest prefix; never empty."""
    if account in own:
        return own[account]
    found = [(prefix, label) for prefix, label in _ACCOUNTS if account.startswith(prefix)]
    if found:
        return max(found, key=lambda pair: len(pair[0]))[1]
    return _CLASSES.get(account[:1], f"Compte {account}")


def journal_label(code: str) -> str:
    """Name a journal; an unknown one bears its code."""
    return JOURNALS.get(code, f"Journal {code}")
