"""What a person reads about one claim."""

from collections.abc import Iterator, Mapping
from typing import Any

from billing.claim import AfterCredit
from console.cli.frame import french_day, moment
from console.cli.frame import number as french_number

AFTER_LABELS = {
    (AfterCredit.REISSUE, True): "à refacturer, corrigé",
    (AfterCredit.REISSUE, False): "à refacturer, corrigé",
    (AfterCredit.FINAL, True): "plus rien à facturer",
    (AfterCredit.FINAL, False): "plus rien à facturer, sauf décision contraire (quitus claims reissue)",
}


def lines(shown: Mapping[str, Any], platforms: Mapping[str, str]) -> Iterator[str]:
    """Write a claim's sheet (`views.claim_sheet`), one fact a line; what is not known is left out."""
    yield f"{str(shown['kind_label']).capitalize()} {shown['number']} ({shown['origin_label']})"
    facts = {
        "Payeur": shown["payer"],
        "Accord": shown["agreement"],
        "Avoir sur": shown["credits"],
        "Émission": french_day(shown["issue_on"]),
        "Échéance": french_day(shown["due_on"]),
        "Montant TTC": shown["amount"],
        "Heures": french_number(shown["hours"]),
        "Reste dû": shown["open"],
        "État": shown["state_label"],
        "Plateforme": platforms.get(shown["platform"], shown["platform"]),
        "Envoi": shown["submission_label"],
        "Parti le": french_day(shown["sent_on"]),
        "Référence du payeur": shown["external_reference"],
        "Statut du payeur": shown["raw_label"] or shown["raw_status"],
    }
    for label, value in facts.items():
        if value:
            yield f"  {label} : {value}"
    for note in shown["credit_notes"]:
        yield f"  Avoir {note['number']} du {french_day(note['issue_on'])} : {note['amount']} ({note['state_label']})"
        yield f"    Suite : {_after(note)}"
    if "after" in shown:
        yield f"  Suite : {_after(shown['after'])}"


def _after(note: Mapping[str, Any]) -> str:
    told = AFTER_LABELS[note["then"], note["said"]]
    return f"{told} ; dit par {note['by']} le {moment(note['at'])}" if note["said"] else told
