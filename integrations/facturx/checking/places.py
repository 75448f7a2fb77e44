"""Where a rule was broken, from an XPath to what a person reads on an invoice."""

import re

_STEP = re.compile(r"(?:\*|\w+)?:?(\w+)(?:\[[^\]0-9]*\])?(?:\[([0-9]+)\])?")
_PLACES = {
    "SellerTradeParty": "Vendeur",
    "AccountingSupplierParty": "Vendeur",
    "BuyerTradeParty": "Acheteur",
    "AccountingCustomerParty": "Acheteur",
    "PayeeTradeParty": "Bénéficiaire",
    "PayeeParty": "Bénéficiaire",
    "PayerTradeParty": "Payeur",
    "SellerTaxRepresentativeTradeParty": "Représentant fiscal",
    "TaxRepresentativeParty": "Représentant fiscal",
    "ShipToTradeParty": "Lieu de réalisation",
    "IncludedNote": "Mentions",
    "Note": "Mentions",
    "ApplicableTradeTax": "Récapitulatif de TVA",
    "TaxTotal": "Récapitulatif de TVA",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "Totaux",
    "LegalMonetaryTotal": "Totaux",
    "SpecifiedTradePaymentTerms": "Conditions de paiement",
    "PaymentTerms": "Conditions de paiement",
    "SpecifiedTradeSettlementPaymentMeans": "Paiement",
    "PaymentMeans": "Paiement",
    "SpecifiedTradeAllowanceCharge": "Remises et frais",
    "AllowanceCharge": "Remises et frais",
    "InvoiceReferencedDocument": "Facture d’origine",
    "BillingReference": "Facture d’origine",
    "AdditionalReferencedDocument": "Pièces jointes et références",
    "AdditionalDocumentReference": "Pièces jointes et références",
    "BillingSpecifiedPeriod": "Période de la facture",
    "InvoicePeriod": "Période de la facture",
    "ExchangedDocumentContext": "En-tête",
    "ExchangedDocument": "En-tête",
    "ApplicableHeaderTradeAgreement": "Parties et références",
    "ApplicableHeaderTradeDelivery": "Réalisation",
    "ApplicableHeaderTradeSettlement": "Règlement et TVA",
}
_LINES = frozenset({"IncludedSupplyChainTradeLineItem", "InvoiceLine", "CreditNoteLine"})


def place_of(location: str) -> str:
    """Name the place: `Ligne 2`, `Vendeur`, `Totaux`…; empty when it is the whole document."""
    told = ""
    for step in location.split("/"):
        found = _STEP.match(step)
        if found is None:
            continue
        name, rank = found[1], found[2] or "1"
        if name in _LINES:
            return f"Ligne {rank}"
        told = _PLACES.get(name, told)
    return told
