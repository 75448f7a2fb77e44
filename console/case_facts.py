"""What a rule compared, as people read it: each fact with its French name, its value with its word."""

from datetime import date, datetime

from billing.anomaly import Anomaly
from reconciliation.queue import MOVES_WITH_RULES, sentence_values
from workers.catalogue import Texts, named

KINDS = {
    "agreement.status": "AgreementState",
    "claim.state": "AgreementState",
    "record.state": "AgreementState",
    "record.object": "Record",
    "payments.status": "PaymentStatus",
    "entitlement.scheme": "CompensationScheme",
    "other.scheme": "CompensationScheme",
    "submission.outcome": "Outcome",
}
"""Facts whose value is a word of ours, and the kind that it belongs to."""
PLATFORMS = frozenset({"platform", "submission.channel"})
MONTHS = frozenset({"month", "months", "invoice.month"})
OURS = frozenset({"other.id", "other.slot"})
"""Facts that name something by its id only: nobody reads it."""


def values(case: Anomaly) -> dict[str, str]:
    """Give the values that a rule's sentence shows, in words."""
    shown = sentence_values(case)
    for fact in case.evidence:
        name, _equals, value = fact.partition("=")
        key = name.replace(".", "_")
        if name in KINDS:
            shown[key] = ", ".join(named(KINDS[name], part) for part in value.split(","))
        elif name in MONTHS:
            shown[key] = ", ".join(map(_month, value.split(",")))
    return shown


def lines(case: Anomaly, texts: Texts) -> list[str]:
    """Write what was compared, one fact a line."""
    shown = values(case)
    told = []
    for fact in case.evidence:
        name = fact.partition("=")[0]
        if name in OURS or fact.startswith(MOVES_WITH_RULES):
            continue
        value = shown[name.replace(".", "_")]
        told.append(f"{texts.sentence('facts', name, {})} : {texts.platforms.get(value, value)}")
    return told


def subject(kind: str, name: str) -> str:
    """Write whom a case is about: `T1|S1|2026-09` is a trainer, a session and a month."""
    match kind, name.split("|"), name.partition("@"):
        case "trainer_month", [trainer, session, month], _:
            return f"{trainer}, session {session}, {_month(month)}"
        case "entitlement_month", [dossier, month], _:
            return f"{dossier}, {_month(month)}"
        case "slot", _, (session, "@", start):
            return f"{session}, {_time(start)}"
    return name


def _time(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text):%d/%m/%Y %H:%M}"
    except ValueError:
        return text


def _month(text: str) -> str:
    try:
        return f"{date.fromisoformat(f'{text}-01'):%m/%Y}"
    except ValueError:
        return text
