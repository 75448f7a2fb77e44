"""The queue of anomalies as people see it, and what they do with a case."""

from datetime import date
from typing import Any

from billing.anomaly import Anomaly, AnomalyState
from billing.errors import InvalidInput, NotFound
from billing.journal import JournalLine
from billing.ports import UnitOfWork
from console import case_facts
from console.cli.frame import moment
from console.reconcile_views import actor_label
from reconciliation.rules.catalogue import BY_CODE
from reconciliation.usecases import cases
from reconciliation.usecases.detect import not_checkable
from workers.bootstrap import Runtime
from workers.catalogue import named, word

NOTED = frozenset({"comment", "resolve"})
"""What is done with a case only with a word about it."""


def queue(runtime: Runtime, organisation_id: str, *, code: str | None, everything: bool) -> dict[str, Any]:
    """Give the document of `quitus anomalies list`: `items` and `not_checkable` are a contract.

    Raises:
        NotFound: there is no such rule.
    """
    check_rule(code)
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        found = cases.list_cases(uow, states=tuple(AnomalyState) if everything else None, code=code)
        names = subject_names(uow, found)
        items = [_item(runtime, case_, names) for case_ in found]
        return {"items": items, "not_checkable": not_checkable(uow)}


def check_rule(code: str | None) -> None:
    """Check a rule's code that was typed.

    Raises:
        NotFound: there is no such rule.
    """
    if code is not None and code not in BY_CODE:
        raise NotFound("rule_unknown", rule=code[:60])


def _item(runtime: Runtime, case_: Anomaly, names: dict[tuple[str, str], str]) -> dict[str, Any]:
    name = names.get((case_.subject_kind, case_.subject_id), case_.subject_id)
    return {
        "id": case_.id,
        "code": case_.code,
        "severity": case_.severity,
        "subject": {"kind": case_.subject_kind, "id": case_.subject_id},
        "state": case_.state,
        "evidence": list(case_.evidence),
        "fingerprint": case_.fingerprint,
        "first_seen_on": case_.first_seen_on,
        "last_seen_on": case_.last_seen_on,
        "freezes": case_.freezes,
        "assignee": case_.assignee,
        "label": runtime.texts.sentence("labels", case_.code, {}),
        "sentence": runtime.texts.sentence("anomalies", case_.code, case_facts.values(case_)),
        "subject_label": name,
        "severity_label": word(case_.severity),
        "state_label": word(case_.state),
    }


def subject_names(uow: UnitOfWork, found: list[Anomaly]) -> dict[tuple[str, str], str]:
    """Name subjects by what people know: numbers, references, codes; no learner's name."""
    ids: dict[str, set[str]] = {}
    for case_ in found:
        ids.setdefault(case_.subject_kind, set()).add(case_.subject_id)
    names: dict[tuple[str, str], str] = {}
    for claim in uow.claims.find(id=tuple(ids.get("claim", ()))):
        names["claim", claim.id] = claim.number or claim.business_key
    for agreement in uow.agreements.find(id=tuple(ids.get("agreement", ()))):
        names["agreement", agreement.id] = agreement.reference
    for line in uow.bank_lines.find(id=tuple(ids.get("receipt", ()))):
        names["receipt", line.id] = f"{line.booked_on:%d/%m/%Y} {line.amount.french()} {line.label[:40]}"
    enrolments = uow.enrolments.find(id=tuple(ids.get("enrolment", ())))
    sessions = {item.id: item.code for item in uow.sessions.find(id=tuple({one.session_id for one in enrolments}))}
    learners = {item.id: item.code for item in uow.learners.find(id=tuple({one.learner_id for one in enrolments}))}
    for enrolment in enrolments:
        names["enrolment", enrolment.id] = f"{sessions[enrolment.session_id]}/{learners[enrolment.learner_id]}"
    slots = uow.slots.find(id=tuple(ids.get("slot", ())))
    codes = {item.id: item.code for item in uow.sessions.find(id=tuple({one.session_id for one in slots}))}
    for slot in slots:
        names["slot", slot.id] = f"{codes[slot.session_id]}@{slot.starts_at:%Y-%m-%dT%H:%M}"
    for order in uow.orders.find(id=tuple(ids.get("order", ()))):
        names["order", order.id] = order.code
    advice_lines = uow.remittance_lines.find(id=tuple(ids.get("remittance_line", ())))
    advices = {
        item.id: item.reference for item in uow.remittances.find(id=tuple({one.remittance_id for one in advice_lines}))
    }
    for advice_line in advice_lines:
        names["remittance_line", advice_line.id] = (
            f"{advices[advice_line.remittance_id]}/{advice_line.invoice_reference}"
        )
    _name_people(uow, ids, names)
    return names


def _name_people(uow: UnitOfWork, ids: dict[str, set[str]], names: dict[tuple[str, str], str]) -> None:
    entitlements = set(ids.get("entitlement", ())) | {month.split("|")[0] for month in ids.get("entitlement_month", ())}
    dossiers = {item.id: item.dossier_number for item in uow.entitlements.find(id=tuple(entitlements))}
    for id_ in ids.get("entitlement", ()):
        names["entitlement", id_] = dossiers.get(id_, id_)
    for id_ in ids.get("entitlement_month", ()):
        entitlement, _sep, month = id_.partition("|")
        names["entitlement_month", id_] = f"{dossiers.get(entitlement, entitlement)}|{month}"
    months = [id_.split("|") for id_ in ids.get("trainer_month", ())]
    trainers = {item.id: item.code for item in uow.trainers.find(id=tuple({one[0] for one in months}))}
    sessions = {item.id: item.code for item in uow.sessions.find(id=tuple({one[1] for one in months}))}
    for trainer, session, month in months:
        names["trainer_month", f"{trainer}|{session}|{month}"] = f"{trainers[trainer]}|{sessions[session]}|{month}"


def case(runtime: Runtime, organisation_id: str, reference: str) -> dict[str, Any]:
    """Give one case with its history."""
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        found = cases.find_case(uow, reference)
        lines = cases.history(uow, found)
        document = _item(runtime, found, subject_names(uow, [found]))
    document["history"] = [
        {"at": line.recorded_at.isoformat(timespec="seconds"), "actor": line.actor, "type": line.type} for line in lines
    ]
    document["facts"] = case_facts.lines(found, runtime.texts)
    document["told"] = [_told(line) for line in lines]
    document["reason"] = found.reason
    return document


def _told(line: JournalLine) -> str:
    """Write one line of a case's history."""
    act_ = named("CaseHistory", line.type.removeprefix("anomaly."))
    return f"{moment(line.recorded_at)}  {actor_label(line.actor)} : {act_}"


def act(
    runtime: Runtime,
    organisation_id: str,
    reference: str,
    verb: str,
    text: str,
    actor: str,
    *,
    until: date | None = None,
) -> str:
    """Do one thing with a case; give a French line that says where it stands."""
    today = runtime.clock.today()
    if verb in NOTED and not text.strip():
        raise InvalidInput("anomaly_note_empty")
    with runtime.books.open_books(organisation_id, actor) as uow:
        found = cases.find_case(uow, reference)
        match verb:
            case "assign":
                after = cases.assign(uow, found.id, text, today=today)
            case "comment":
                after = cases.comment(uow, found.id, text, today=today)
            case "resolve":
                after = cases.resolve(uow, found.id, text, today=today)
            case _:
                parameters = runtime.parameters(organisation_id)
                after = cases.waive(uow, found.id, text, until=until or today, today=today, parameters=parameters)
        uow.commit()
    label = runtime.texts.sentence("labels", after.code, {})
    return f"{label} : {word(after.state)}"
