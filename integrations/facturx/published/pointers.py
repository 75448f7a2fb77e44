"""Where in a request the finding of a rule on the document is mended, as a JSON Pointer."""

import re

from billing.errors import Finding

_BY_CODE = {
    "invoice_number_missing": "/number",
    "invoice_number_malformed": "/number",
    "invoice_due_before_issue": "/due_on",
    "invoice_due_date_missing": "/due_on",
    "invoice_without_lines": "/lines",
    "invoice_two_exemptions": "/lines",
    "invoice_scope_mixed": "/lines",
    "invoice_total_negative": "/lines",
    "invoice_paid_yet_due": "/paid",
    "invoice_origin_missing": "/origins",
    "invoice_deposit_is_not_final": "/deposits",
    "invoice_final_without_deposit": "/deposits",
    "invoice_settled_beyond_total": "/deposits",
    "invoice_schedule_wrong": "/instalments",
    "invoice_iban_missing": "/payment/iban",
    "invoice_iban_malformed": "/payment/iban",
    "invoice_attachment_name": "/attachments",
    "invoice_attachment_twice": "/attachments",
    "invoice_attachments_too_large": "/attachments",
}
_BY_CODE_OF_PARTY = {
    "invoice_party_name_missing": "/name",
    "invoice_address_missing": "/address",
    "invoice_siren_missing": "/siren",
    "invoice_siren_malformed": "/siren",
    "invoice_siret_malformed": "/siret",
    "invoice_siret_of_another": "/siret",
    "invoice_endpoint_missing": "/electronic_address",
    "invoice_endpoint_foreign": "/electronic_address",
    "invoice_seller_tax_number_missing": "/tax_number",
    "invoice_seller_vat_number_missing": "/vat_number",
}
_BY_CODE_OF_LINE = {
    "invoice_line_label_missing": "/label",
    "invoice_quantity_zero": "/quantity",
    "invoice_quantity_too_fine": "/quantity",
    "invoice_price_too_fine": "/unit_price",
    "invoice_price_negative": "/unit_price",
    "invoice_period_inverted": "/period",
    "invoice_vat_rate_unknown": "/vat/rate",
    "invoice_vat_category_and_rate": "/vat/rate",
    "invoice_exemption_missing": "/vat",
}
_BY_PLACE = {
    "Vendeur": "/seller",
    "Acheteur": "/buyer",
    "Bénéficiaire": "/payee",
    "Payeur": "/payer",
    "Références": "/references",
    "Stagiaires": "/learners",
    "Paiement": "/payment",
    "Remises et frais": "/adjustments",
    "Facture d’origine": "/origins",
    "Pièces jointes": "/attachments",
    "Période de la facture": "/period",
}
_NUMBERED: tuple[tuple[re.Pattern[str], str, dict[str, str]], ...] = (
    (re.compile(r"Ligne (\d+)"), "/lines", _BY_CODE_OF_LINE),
    (re.compile(r"Remise ou frais n° (\d+)"), "/adjustments", {}),
    (re.compile(r"Pièce jointe n° (\d+)"), "/attachments", {"invoice_attachment_name": "/name"}),
)


def pointer_to(finding: Finding) -> str:
    """Find the place; empty, the whole invoice, when no single key is at fault."""
    for pattern, root, codes in _NUMBERED:
        if match := pattern.fullmatch(finding.where):
            return f"{root}/{int(match[1]) - 1}{codes.get(finding.code, '')}"
    if finding.where in {"Vendeur", "Acheteur"}:
        return _BY_PLACE[finding.where] + _BY_CODE_OF_PARTY.get(finding.code, "")
    return _BY_CODE.get(finding.code) or _BY_PLACE.get(finding.where, "")
